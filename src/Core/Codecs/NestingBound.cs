using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Codecs;

/// <summary>The bound of values whose type contains itself (lists linked by hand, trees): held where a value comes in, so that the operator
/// and the row can be named.</summary>
/// <remarks>
/// The codec holds the same bound, but at the barrier, when nobody knows any more which row it was. What may be too deep is encoded once,
/// to be forgotten. Types that do not contain themselves, nearly all there are, cost nothing.
/// </remarks>
internal static class NestingBound<T>
{
    private static readonly Codec<T>? s_codec = NestingBound.CodecOf<T>();

    [ThreadStatic]
    private static BlobWriter? t_scratch;

    /// <summary>Whether values of the type may be too deep.</summary>
    public static bool IsNeeded => s_codec is not null;

    /// <returns>The value.</returns>
    /// <exception cref="CodecException">It is too deep to be stored, or a part of itself.</exception>
    public static T Checked(T value)
    {
        if (s_codec is not null)
            Check(value);
        return value;
    }

    private static void Check(in T value)
    {
        BlobWriter scratch = t_scratch ??= new BlobWriter();
        try
        {
            s_codec!.Write(scratch, value);
        }
        finally
        {
            scratch.Clear();
        }
    }
}

/// <summary>What does not depend on the type.</summary>
internal static class NestingBound
{
    /// <summary>The key of a row whose depth was looked at, before anything else is done to it: hashing and comparing go as deep as the row
    /// does.</summary>
    public static Func<T, TKey> Of<T, TKey>(Func<T, TKey> keyOf) =>
        NestingBound<T>.IsNeeded || NestingBound<TKey>.IsNeeded ? row => NestingBound<TKey>.Checked(keyOf(NestingBound<T>.Checked(row)))
            : keyOf;

    /// <summary>The codec of a type that contains itself; null for any other.</summary>
    public static Codec<T>? CodecOf<T>()
    {
        try
        {
            return ContainsItself(ShapeBuilder.Build(typeof(T)), [], []) ? RecordCodec.Of<T>() : null;
        }
        catch (CodecException)
        {
            return null;   // it cannot be stored: whoever wants to is told so
        }
    }

    private static bool ContainsItself(Shape shape, HashSet<Shape> path, HashSet<Shape> done)
    {
        if (done.Contains(shape))
            return false;
        if (!path.Add(shape))
            return true;
        IEnumerable<Shape> parts = shape switch
        {
            NullableShape nullable => [nullable.Value],
            SequenceShape sequence => [sequence.Element],
            MapShape map => [map.Key, map.Value],
            TupleShape tuple => tuple.Items.Select(static item => item.Shape),
            RecordShape record => record.Members.Select(static member => member.Shape),
            UnionShape union => union.Cases,
            _ => [],
        };
        if (parts.Any(part => ContainsItself(part, path, done)))
            return true;
        path.Remove(shape);
        done.Add(shape);
        return false;
    }
}
