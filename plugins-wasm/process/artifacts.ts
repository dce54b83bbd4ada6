import {
  digestFile,
  Host,
  Item,
  Json,
  listDirectory,
  panic,
  Step,
} from "../../plugin-pdk/assemblyscript/mod";

/** The files of an item on the host: where they are, and whether they are as the template has them. */
export class Artifacts {
  readonly directory: string;
  private readonly names: string[];
  /** Names of artifacts whose file is missing or another. */
  private readonly differing: string[] = [];
  /** Files that are there and belong to no artifact any more. */
  private readonly foreign: string[] = [];

  /** Looks at the host: nothing has been changed by then. */
  constructor(private readonly item: Item, host: Host) {
    this.directory = `${host.data}/${item.name}`;
    this.names = item.artifacts.keys();
    const listed = listDirectory(this.directory);
    const isThere = listed !== null;
    const found: string[] = listed === null ? [] : listed;
    const wanted: string[] = [];
    for (let i = 0; i < this.names.length; i++) {
      const artifact = item.artifacts.at(this.names[i]);
      const path = artifact.at("hostPath").asText();
      if (wanted.includes(path)) panic(`${item.id}: two artifacts have the file name of "${path}"`);
      wanted.push(path);
      const isSame = isThere && digestFile(path) == artifact.at("digest").asText();
      if (!isSame) this.differing.push(this.names[i]);
    }
    for (let i = 0; i < found.length; i++) {
      const path = `${this.directory}/${found[i]}`;
      if (!wanted.includes(path) && item.owns(`file:${path}`)) this.foreign.push(path);
    }
  }

  /** Appends the steps that are lacking; returns their keys. */
  write(): string[] {
    const keys: string[] = [];
    for (let i = 0; i < this.differing.length; i++) {
      const artifact = this.item.artifacts.at(this.differing[i]);
      const path = artifact.at("hostPath").asText();
      const key = `write ${path}`;
      new Step(key, this.item.id, `bring "${artifact.at("fileName").asText()}" of ${this.item.id}`)
        .owning(`directory:${this.directory}`).owning(`file:${path}`)
        .copy(path, "0755", artifact.at("path").asText(), artifact.at("digest").asText());
      keys.push(key);
    }
    for (let i = 0; i < this.foreign.length; i++) {
      new Step(`remove ${this.foreign[i]}`, this.item.id, `remove "${this.foreign[i]}"`)
        .remove(this.foreign[i]);
    }
    return keys;
  }

  /** Returns the digest of each file by name, for the unit that runs them. */
  content(): Json {
    const content = Json.object();
    for (let i = 0; i < this.names.length; i++) {
      const artifact = this.item.artifacts.at(this.names[i]);
      content.setText(artifact.at("fileName").asText(), artifact.at("digest").asText());
    }
    return content;
  }

  resources(): string[] {
    if (this.names.length == 0) return [];
    const resources = [`directory:${this.directory}`];
    for (let i = 0; i < this.names.length; i++) {
      resources.push("file:" + this.item.artifacts.at(this.names[i]).at("hostPath").asText());
    }
    return resources;
  }
}
