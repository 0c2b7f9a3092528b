using System.Collections.Concurrent;
using System.Reflection;

namespace ActorStreams.Core.Codecs;

/// <summary>A value whose type only its reader names: written as what it is, with its schema, and read as what the reader asks
/// for.</summary>
/// <remarks>Of a value that is one of the cases of an abstract type, the cases are written. Nothing is created that the reader's type does
/// not name.</remarks>
internal static class AnyValue
{
    private static readonly ConcurrentDictionary<Type, Writing> s_writing = new();

    /// <summary>Appends a value.</summary>
    /// <exception cref="CodecException">Values of its type cannot be written.</exception>
    public static void Write(BlobWriter writer, object? value)
    {
        writer.WriteByte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
            s_writing.GetOrAdd(value.GetType(), static type => WritingOf(type)).Write(writer, value);
    }

    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">What it is wanted as.</typeparam>
    /// <exception cref="CodecException">It is of a type that cannot be read as that one, or the bytes are damaged.</exception>
    public static T? Read<T>(ref BlobReader reader)
    {
        if (reader.ReadByte() == 0)
            return default;
        var written = new Schema(reader.ReadString());
        Codec<T> own = RecordCodec.Of<T>();
        return (own.Schema.Text == written.Text ? own : own.ReaderOf(written)).Read(ref reader);
    }

    private static Writing WritingOf(Type type) =>
        (Writing)Activator.CreateInstance(typeof(Writing<>).MakeGenericType(WrittenAs(type)))!;

    /// <summary>The type itself, or the widest one of which it is a case.</summary>
    private static Type WrittenAs(Type type)
    {
        Type widest = type;
        for (Type? above = type.BaseType; above is not null; above = above.BaseType)
        {
            if (IsCaseOf(widest, above))
                widest = above;
        }

        return type.GetInterfaces().FirstOrDefault(above => IsCaseOf(widest, above)) ?? widest;
    }

    private static bool IsCaseOf(Type type, Type above) =>
        above.GetCustomAttribute<StoredCasesAttribute>(inherit: false)?.Cases.Contains(type) == true;

    private abstract class Writing
    {
        public abstract void Write(BlobWriter writer, object value);
    }

    private sealed class Writing<T> : Writing
    {
        private readonly Codec<T> _codec = RecordCodec.Of<T>();

        public override void Write(BlobWriter writer, object value)
        {
            writer.WriteString(_codec.Schema.Text);
            _codec.Write(writer, (T)value);
        }
    }
}
