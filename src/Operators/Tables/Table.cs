namespace ActorStreams;

/// <summary>A value per key that changes: a stream, folded. What is computed from it changes with it, and only by what has
/// changed.</summary>
/// <remarks>
/// A table is a description, as a stream is; operators are extension methods. The changes of one key come in order; those of different keys
/// need not. At the end of an epoch all of its changes have arrived everywhere, so what is committed is never half of a change.
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <seealso href="https://www.vldb.org/pvldb/vol16/p1601-budiu.pdf">DBSP: automatic incremental view maintenance, by which every operation
/// here is the batch operation's derivative.</seealso>
public sealed class Table<TKey, TValue>
{
    private readonly Func<Stream<TableChange<TKey, TValue>>>? _versions;
    private Stream<TableChange<TKey, TValue>>? _made;

    /// <param name="changes">What happens to each key.</param>
    /// <param name="versions">Makes the stream of versions, where that is another; null: the changes are the versions.</param>
    internal Table(Stream<TableChange<TKey, TValue>> changes, Func<Stream<TableChange<TKey, TValue>>>? versions = null) =>
        (Stream, _versions) = (changes, versions);

    internal Stream<TableChange<TKey, TValue>> Stream { get; }

    /// <summary>What each key was from which event time on: not what it is by order of arrival, as in <see cref="Stream"/>. Only the value
    /// after counts.</summary>
    internal Stream<TableChange<TKey, TValue>> Versions => _made ??= _versions?.Invoke() ?? Stream;

    internal KeyedStream<TKey, TableChange<TKey, TValue>> Keyed => Stream.KeyBy(static change => change.Key);

    internal Pipeline Pipeline => Stream.Pipeline;

    /// <summary>The operator that puts the table's changes out: a handle, to ask a running job about it without naming it again.</summary>
    public OperatorHandle Operator => Stream.Operator;

    /// <summary>What happens to each key, one row per change.</summary>
    public Stream<TableChange<TKey, TValue>> ToStream() => Stream;

    /// <summary>The same as rows with weights: an update is the old row with -1, then the new one with +1.</summary>
    public Stream<Change<TableRow<TKey, TValue>>> Changes() =>
        Stream.FlatMap(static change => (IEnumerable<Change<TableRow<TKey, TValue>>>)(
        change.HadBefore && change.HasAfter ? [Minus(change), Plus(change)]
        : change.HadBefore ? [Minus(change)]
        : [Plus(change)]));

    private static Change<TableRow<TKey, TValue>> Minus(in TableChange<TKey, TValue> change) =>
        Change<TableRow<TKey, TValue>>.Retract(new TableRow<TKey, TValue>(change.Key, change.Before!));

    private static Change<TableRow<TKey, TValue>> Plus(in TableChange<TKey, TValue> change) =>
        Change<TableRow<TKey, TValue>>.Insert(new TableRow<TKey, TValue>(change.Key, change.After!));
}
