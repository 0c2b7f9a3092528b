using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>How rows become bytes in a file. Keeps no state, so that any number of writers may share it.</summary>
internal abstract class RowFormat<T>
{
    /// <summary>What stands at the beginning of a new file.</summary>
    public virtual void WriteHeader(RowBytes bytes)
    {
    }

    /// <summary>Makes what writes rows into <paramref name="bytes"/>.</summary>
    public abstract IRowFormatter<T> Into(RowBytes bytes);

    /// <summary>The same for rows that follow those in a file that is there.</summary>
    public virtual IRowFormatter<T> IntoExisting(RowBytes bytes, string path) => Into(bytes);
}

/// <summary>Writes rows into the bytes it was made for.</summary>
internal interface IRowFormatter<T>
{
    void Write(ReadOnlySpan<T> rows);

    /// <summary>The epoch ends: everything must be in the bytes.</summary>
    void End()
    {
    }
}

/// <summary>One JSON value per line.</summary>
internal sealed class JsonLinesFormat<T>(JsonTypeInfo<T> info) : RowFormat<T>
{
    public override IRowFormatter<T> Into(RowBytes bytes) => new Formatter(bytes, info);

    private sealed class Formatter(RowBytes bytes, JsonTypeInfo<T> info) : IRowFormatter<T>
    {
        // lines must not be indented, whatever the options say; the serialiser sees to the depth, and the reader has the same
        private readonly Utf8JsonWriter _writer = new(bytes,
            new JsonWriterOptions
            {
                Indented = false,
                Encoder = info.Options.Encoder,
                MaxDepth = 2 * JsonLinesOptions.MostDepth,
                SkipValidation = true
            });
        private readonly JsonText<T> _text = new(info);

        public void Write(ReadOnlySpan<T> rows)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                int start = bytes.Count;
                try
                {
                    JsonSerializer.Serialize(_writer, rows[row], info);
                    _writer.Flush();
                    _text.Check(bytes.From(start), rows[row]);
                }
                catch (Exception error) when (error is not OutOfMemoryException)      // the row's own properties may throw anything
                {
                    _writer.Reset();
                    bytes.CutTo(start);
                    throw RefusedRow.Of(row, error);
                }

                _writer.Reset();
                bytes.Add((byte)'\n');
            }
        }
    }
}

/// <summary>RFC 4180 records that end with LF.</summary>
internal sealed class CsvFormat<T>(CsvColumns<T> columns, CsvOptions options) : RowFormat<T>
{
    private readonly CsvColumn<T>[] _columns = columns.Checked();

    public override void WriteHeader(RowBytes bytes)
    {
        if (!options.HasHeader)
            return;
        var fields = new CsvFieldWriter(bytes, options.Separator);
        foreach (CsvColumn<T> column in _columns)
        {
            fields.Begin();
            fields.Text(column.Name);
        }

        fields.EndRecord();
    }

    public override IRowFormatter<T> Into(RowBytes bytes) => new Formatter(new CsvFieldWriter(bytes, options.Separator), _columns);

    private sealed class Formatter(CsvFieldWriter fields, CsvColumn<T>[] columns) : IRowFormatter<T>
    {
        public void Write(ReadOnlySpan<T> rows)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                int start = fields.Position, at = 0;
                try
                {
                    for (; at < columns.Length; at++)
                    {
                        fields.Begin();
                        columns[at].Write(in rows[row], fields);
                    }
                }
                catch (Exception error) when (error is not OutOfMemoryException)      // the row's own properties may throw anything
                {
                    fields.Abandon(start);
                    throw RefusedRow.Of(row, error, $"Column '{columns[at].Name}': ");
                }

                fields.EndRecord();
            }
        }
    }
}
