import { aliveOf } from "./alive.ts";
import { spread } from "./dissemination.ts";
import type { Member } from "./member.ts";
import type { Swim } from "./swim.ts";

const incarnationMax = 0xffff_ffff;

/**
 * Answers what was said of us at incarnation `said`: we announce ourselves with a higher one, which everybody believes
 * over it. That it was said at all is a sign that we are slow.
 */
export function refute(swim: Swim, self: Member, said: number, nowMs: number): void {
  if (said >= incarnationMax) {
    // No higher number exists. Wrapping round to 0 would make every later word of ours old news.
    return swim.reportPeer(
      "GOSSIP_REFUSED",
      "Cannot refute what was said of this member",
      `It was said at incarnation ${said}, the highest there is`,
    );
  }
  swim.incarnation = Math.max(swim.incarnation, said) + 1;
  self.incarnation = swim.incarnation;
  swim.awareness.add(1);
  spread(swim, aliveOf(self), nowMs);
}
