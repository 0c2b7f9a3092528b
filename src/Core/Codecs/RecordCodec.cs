using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Authoring;

/// <summary>Makes the codec of a type.</summary>
/// <remarks>
/// What can be stored: numbers, <see cref="bool"/>, <see cref="char"/>, <see cref="string"/>, <see cref="Guid"/>, dates and times, enums;
/// arrays, <see cref="List{T}"/>, <see cref="HashSet{T}"/>, <see cref="Dictionary{TKey, TValue}"/> and the read-only interfaces of lists
/// and dictionaries; tuples, by position; nullable values; and types made of these:
/// <list type="bullet">
/// <item>a struct is all its instance fields, public and private, in declaration order, an automatic property by the property's name; no
/// constructor runs but a positional record's, which only assigns;</item>
/// <item>a class is its public fields, and its public properties that have a setter (or <c>init</c>) or a constructor parameter of the same
/// name. State of a class that this would lose is an error when the codec is made, unless it is marked
/// <see cref="NotStoredAttribute"/>;</item>
/// <item>an abstract class or interface is one of the cases that its <see cref="StoredCasesAttribute"/> lists.</item>
/// </list>
/// Types may contain themselves; values may do so 64 deep. Numbers are little-endian, of fixed size. Text, collections and cases may
/// always be null; other references carry a byte that says whether they are.
/// </remarks>
public static class RecordCodec
{
    /// <summary>The codec of <typeparamref name="T"/>: compiled once, the same instance on every call.</summary>
    /// <exception cref="CodecException">The type, or the type of one of its fields, cannot be stored; the message names both and says what
    /// can.</exception>
    public static Codec<T> Of<T>() => Made<T>.Codec ?? Make<T>();

    private static Codec<T> Make<T>()
    {
        if (!BitConverter.IsLittleEndian)
            throw new CodecException("Records can be stored by little-endian machines only.");

        CompiledCodec<T> codec = CompiledCodec<T>.Compile();
        return Interlocked.CompareExchange(ref Made<T>.Codec, codec, comparand: null) ?? codec;
    }

    private static class Made<T>
    {
        public static CompiledCodec<T>? Codec;
    }
}
