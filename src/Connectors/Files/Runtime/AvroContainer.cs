using System.Security.Cryptography;
using System.Text;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>What stands at the beginning of an Avro object container file.</summary>
/// <param name="Schema">The rows' schema.</param>
/// <param name="Compression">How blocks are compressed.</param>
/// <param name="Marker">The 16 bytes behind every block.</param>
/// <param name="Length">The header's own length in bytes.</param>
internal sealed record AvroHeader(AvroSchema Schema, AvroCompression Compression, byte[] Marker, long Length)
{
    public const int MarkerBytes = 16;
    private const int MaxHeaderBytes = 1 << 24;

    private static ReadOnlySpan<byte> Magic => "Obj\u0001"u8;

    /// <summary>The header of a new file. The marker follows from schema and compression, so that a file can be gone on with.</summary>
    public static AvroHeader New(AvroSchema schema, AvroCompression compression) =>
        new(schema, compression, SHA256.HashData(Encoding.UTF8.GetBytes($"{compression}{schema.ToJson()}"))[..MarkerBytes], 0);

    public void Write(RowBytes bytes)
    {
        bytes.Add(Magic);
        var output = new AvroOutput(bytes);
        output.WriteLong(2);
        output.WriteString("avro.schema");
        output.WriteBytes(Encoding.UTF8.GetBytes(Schema.ToJson()));
        output.WriteString("avro.codec");
        output.WriteString(AvroBlocks.NameOf(Compression));
        output.WriteLong(0);
        bytes.Add(Marker);
    }

    /// <summary>Reads the header of a file.</summary>
    /// <param name="beginning">Gives so many bytes of its beginning, or all that there are.</param>
    /// <param name="fileLength">The file's length in bytes.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="SourceException">It is no Avro file, or one that cannot be read.</exception>
    public static AvroHeader Read(Func<int, byte[]> beginning, long fileLength, string path)
    {
        // A header is small, but how small it says only itself: more is read until it is whole.
        for (int size = 4096; ; size = Math.Min(size * 8, MaxHeaderBytes))
        {
            byte[] bytes = beginning(size);
            if (bytes.Length < Magic.Length || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic))
                throw new SourceException($"File '{path}' is no Avro object container file: it does not begin with 'Obj' and 1.");
            try
            {
                return Read(bytes, path);
            }
            catch (AvroDataException error)
            {
                if (bytes.Length >= fileLength || size == MaxHeaderBytes)
                    throw new SourceException($"File '{path}': its header is damaged or cut off: {error.Message}", error);
            }
        }
    }

    private static AvroHeader Read(byte[] bytes, string path)
    {
        var input = new AvroInput();
        input.Reset(bytes, bytes.Length);
        input.Take(Magic.Length);
        (byte[]? schema, string codec) = (null, "null");
        input.BeginRow(isKept: false);
        for (long count = input.ReadPart(2); count > 0; count = input.ReadPart(2))
        {
            for (; count > 0; count--)
            {
                string key = input.ReadString();
                ReadOnlySpan<byte> value = input.ReadBytes();
                if (key == "avro.schema")
                    schema = value.ToArray();
                else if (key == "avro.codec")
                    codec = Encoding.UTF8.GetString(value);
            }
        }

        byte[] marker = input.Take(MarkerBytes).ToArray();
        AvroCompression compression = AvroBlocks.Find(codec)
            ?? throw new SourceException($"File '{path}' is compressed by '{codec}'; null, deflate and snappy can be read. Convert it.");
        return new AvroHeader(
            AvroSchemaParser.Parse(schema ?? throw new SourceException($"File '{path}': its header has no avro.schema."),
                $"File '{path}'"), compression, marker, bytes.Length - input.Remaining);
    }
}
