namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>What a compiled writer is.</summary>
internal delegate void WriteValue<T>(BlobWriter writer, ref T value);

/// <summary>What a compiled reader is.</summary>
internal delegate T ReadValue<out T>(ref BlobReader reader);

/// <summary>Writes the values of one type: the parts that a codec is composed of.</summary>
internal abstract class ValueWriter<T>
{
    /// <summary>Whether the bytes in memory are the stored ones.</summary>
    public virtual bool IsRaw => false;

    public abstract void Write(BlobWriter writer, in T value);
}

/// <summary>Reads the values of one type, as one schema says they were written.</summary>
internal abstract class ValueReader<T>
{
    /// <summary>Whether the stored bytes are those in memory.</summary>
    public virtual bool IsRaw => false;

    public abstract T Read(ref BlobReader reader);
}

/// <summary>A compiled writer.</summary>
internal sealed class CompiledWriter<T>(WriteValue<T> write, bool isRaw) : ValueWriter<T>
{
    public override bool IsRaw => isRaw;

    public WriteValue<T> Delegate => write;

    public override void Write(BlobWriter writer, in T value) => write(writer, ref System.Runtime.CompilerServices.Unsafe.AsRef(in value));
}

/// <summary>A compiled reader.</summary>
internal sealed class CompiledReader<T>(ReadValue<T> read, bool isRaw) : ValueReader<T>
{
    public override bool IsRaw => isRaw;

    public ReadValue<T> Delegate => read;

    public override T Read(ref BlobReader reader) => read(ref reader);
}

/// <summary>Writes whether there is a value, then the value.</summary>
internal sealed class NullableWriter<T>(ValueWriter<T> inner) : ValueWriter<T?>
    where T : struct
{
    public override void Write(BlobWriter writer, in T? value)
    {
        writer.WriteByte(value.HasValue ? (byte)1 : (byte)0);
        if (value.HasValue)
            inner.Write(writer, value.GetValueOrDefault());
    }
}

/// <summary>Reads what a <see cref="NullableWriter{T}"/> wrote.</summary>
internal sealed class NullableReader<T>(ValueReader<T> inner) : ValueReader<T?>
    where T : struct
{
    public override T? Read(ref BlobReader reader) => Presence.Read(ref reader) ? inner.Read(ref reader) : null;
}

/// <summary>A part that is used inside of itself: the way back, which counts how deep a value goes.</summary>
internal sealed class RecursiveWriter<T> : ValueWriter<T>
{
    public ValueWriter<T>? Target { get; set; }

    public override void Write(BlobWriter writer, in T value)
    {
        if (writer.Depth >= Presence.MaxDepth && value is not null)
            throw new CodecException(
                $"A value of type '{TypeName.Of(typeof(T))}' contains itself more than {Presence.MaxDepth} deep, or is part of itself. Store such a structure as a list.");

        writer.Depth++;
        try
        {
            Target!.Write(writer, value);
        }
        finally
        {
            writer.Depth--;
        }
    }
}

/// <summary>Reads what a <see cref="RecursiveWriter{T}"/> wrote.</summary>
internal sealed class RecursiveReader<T> : ValueReader<T>
{
    public ValueReader<T>? Target { get; set; }

    public override T Read(ref BlobReader reader)
    {
        Presence.Enter(ref reader);
        T value = Target!.Read(ref reader);
        reader.Depth--;
        return value;
    }
}

/// <summary>What compiled code calls around references.</summary>
internal static class Presence
{
    /// <summary>How deep a value of a type that contains itself may go.</summary>
    public const int MaxDepth = 64;

    public static bool Read(ref BlobReader reader) => reader.ReadByte() switch
    {
        0 => false,
        1 => true,
        byte other => throw new CodecException($"Stored data is damaged: {other} says neither that a value is there nor that it is not."),
    };

    /// <summary>Refuses an object of a derived type: it would come back as its base.</summary>
    public static void RequireExactly<T>(T value)
        where T : class
    {
        if (value.GetType() != typeof(T))
            throw new CodecException(
                $"An object of type '{TypeName.Of(value.GetType())}' cannot be stored as '{TypeName.Of(typeof(T))}': what it adds would be lost. " +
                $"Make '{TypeName.Of(typeof(T))}' abstract and list its cases with [StoredCases].");
    }

    public static void Enter(ref BlobReader reader)
    {
        // one more than a writer goes: the null that ends the deepest value
        if (++reader.Depth > MaxDepth + 1)
            throw new CodecException($"Stored data is damaged: a value contains itself more than {MaxDepth} deep.");
    }
}
