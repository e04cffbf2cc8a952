// Finds what belongs to a combination of label values by one look-up per value: prom-client joins them into a new string
// for every call that is counted. Bounded as the label values are, which come from closed or configured sets.

export class LabelTree<Leaf> {
  readonly #branches = new Map<string | number, LabelTree<Leaf>>();
  /** Of the combination that led here; undefined until it is set. */
  leaf: Leaf | undefined;

  at(value: string | number): LabelTree<Leaf> {
    return this.#branches.get(value) ?? this.#grow(value);
  }

  #grow(value: string | number): LabelTree<Leaf> {
    const branch = new LabelTree<Leaf>();
    this.#branches.set(value, branch);
    return branch;
  }
}
