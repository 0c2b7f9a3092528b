using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Keys;

/// <summary>The form of a key whose bytes are the same exactly for keys that are equal: what is hashed, and what tells keys apart where
/// only bytes are looked at.</summary>
/// <remarks>
/// As the codec writes the key, but for what equality does not see: decimals without trailing zeros, instants in UTC, dates without their
/// kind, one zero, one
/// NaN, and of a type with an equality of its own its <see cref="ICanonicalKey{TKey}.CanonicalKey"/>.
/// </remarks>
internal static class KeyForm<TKey>
{
    private static Made? s_made;

    /// <summary>Whether it is what the codec writes, whatever the key.</summary>
    /// <exception cref="CodecException">The type cannot be stored.</exception>
    public static bool IsAsStored => (s_made ?? Make()).IsAsStored;

    /// <summary>Appends the form of a key.</summary>
    /// <exception cref="CodecException">The type, or the value, cannot be stored.</exception>
    public static void Write(BlobWriter writer, TKey key) => (s_made ?? Make()).Writer.Write(writer, key);

    private static Made Make()
    {
        _ = RecordCodec.Of<TKey>();     // its errors are the better ones
        var builder = new KeyFormBuilder();
        var writer = (ValueWriter<TKey>)builder.Writer(ShapeBuilder.Build(typeof(TKey)));
        return s_made = new Made(writer, builder.IsAsStored);
    }

    private sealed record Made(ValueWriter<TKey> Writer, bool IsAsStored);
}
