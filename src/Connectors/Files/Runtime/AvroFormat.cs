namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Blocks of an Avro object container file.</summary>
internal sealed class AvroFormat<T>(AvroOptions options) : RowFormat<T>
{
    private readonly AvroHeader _header = AvroHeader.New(AvroTypes.SchemaOf(typeof(T)), options.Compression);
    private readonly Action<AvroOutput, T> _write = AvroWriters.Of<T>();

    public override void WriteHeader(RowBytes bytes) => _header.Write(bytes);

    public override IRowFormatter<T> Into(RowBytes bytes) => new Formatter(bytes, _header, _write, options);

    /// <exception cref="SinkException">The file holds rows of another schema, or is no Avro file.</exception>
    public override IRowFormatter<T> IntoExisting(RowBytes bytes, string path)
    {
        AvroHeader there;
        try
        {
            using FileStream file = File.OpenRead(path);
            there = AvroHeader.Read(size => Beginning(file, size), file.Length, path);
        }
        catch (SourceException error)
        {
            throw new SinkException($"{error.Message} Rows cannot be added to it: write to another file, or overwrite it.", error);
        }

        if (there.Schema.ToJson(withAliases: false) != _header.Schema.ToJson(withAliases: false))
        {
            throw new SinkException(
                $"File '{path}' holds rows of the schema {there.Schema.ToJson()}, but these have {_header.Schema.ToJson()}. " +
                "A file has one schema: write to another file.");
        }

        return new Formatter(bytes, there, _write, options);
    }

    private static byte[] Beginning(FileStream file, int size)
    {
        byte[] bytes = new byte[Math.Min(size, file.Length)];
        file.Position = 0;
        file.ReadExactly(bytes);
        return bytes;
    }

    private sealed class Formatter(RowBytes bytes, AvroHeader header, Action<AvroOutput, T> write, AvroOptions options) : IRowFormatter<T>
    {
        private readonly AvroOutput _block = new(new RowBytes(), options.MaxDepth);
        private readonly AvroOutput _file = new(bytes);
        private int _rows;

        public void Write(ReadOnlySpan<T> rows)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                int start = _block.Bytes.Count;
                _block.BeginRow();
                try
                {
                    write(_block, rows[row]);
                }
                catch (Exception error)
                {
                    _block.Bytes.CutTo(start);
                    throw new RefusedRowException(row, error is AvroDataException ? error.Message
                        : $"{error.GetType().Name}: {error.Message}", error is AvroDataException ? null : error);
                }

                _rows++;
                if (_block.Bytes.Count >= options.BlockBytes)
                    End();
            }
        }

        public void End()
        {
            if (_rows == 0)
                return;
            ReadOnlyMemory<byte> block = AvroBlocks.Compress(header.Compression, _block.Bytes.Written);
            _file.WriteLong(_rows);
            _file.WriteBytes(block.Span);
            bytes.Add(header.Marker);
            _block.Bytes.Clear();
            _rows = 0;
        }
    }
}
