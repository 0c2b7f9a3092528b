namespace ActorStreams;

/// <summary>Groups rows by key.</summary>
public static class KeyByOperator
{
    /// <summary>Groups the rows by key: what follows keeps state per key, each key in one place. Keys that are equal are one, whatever
    /// their bytes: 1.0 and 1.00.</summary>
    /// <param name="stream">The rows.</param>
    /// <param name="keyOf">The key of a row. Called more than once for a row, so it must be quick and always give the same answer.</param>
    /// <exception cref="PipelineException">Keys of this type are compared by reference (arrays, lists, classes without <c>Equals</c>), so
    /// equal keys would not meet; or by an <c>Equals</c> of their own, and the type does not declare what stands for a key
    /// (<see cref="ICanonicalKey{TKey}"/>).</exception>
    public static KeyedStream<TKey, T> KeyBy<T, TKey>(this Stream<T> stream, Func<T, TKey> keyOf)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(keyOf);
        KeyEquality.Check<TKey>(stream.Pipeline.Name);
        return new KeyedStream<TKey, T>(stream, keyOf);
    }
}
