namespace ActorStreams.Authoring;

/// <summary>Turns values of one type into bytes and back. Safe for use by several threads.</summary>
/// <typeparam name="T">The type.</typeparam>
public abstract class Codec<T>
{
    /// <summary>What the bytes mean: stored beside them, so that a later version of the type can read them.</summary>
    public abstract Schema Schema { get; }

    /// <summary>Appends one value.</summary>
    public abstract void Write(BlobWriter writer, in T value);

    /// <summary>Reads one value written with this codec's own <see cref="Schema"/>.</summary>
    /// <exception cref="CodecException">The bytes are damaged.</exception>
    public abstract T Read(ref BlobReader reader);

    /// <summary>A codec that reads values written with an older or newer <paramref name="written"/> schema into this type.</summary>
    /// <returns>This codec itself if the schemas are equal.</returns>
    /// <exception cref="CodecException">A field cannot be read as its present type; the message names type and field.</exception>
    public abstract Codec<T> ReaderOf(Schema written);
}
