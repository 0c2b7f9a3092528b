using System.Globalization;
using System.Text.Unicode;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>A file of comma-separated records: header, mapping, reader.</summary>
internal sealed class CsvSource<T>(string path, CsvOptions options) : FileSource<T>("CSV", path, new FileSet(path, ".csv"))
{
    protected override async ValueTask<SourceReader<T>> OpenAsync(FileWindow window, string file, SourceOffset? from,
        CancellationToken cancellation)
    {
        var fields = new CsvFields((byte)options.Separator);
        long lines = 0;
        string[]? header = null;
        if (options.HasHeader)
        {
            (header, lines) = await ReadHeaderAsync(window, fields, cancellation);
            if (header.Length == 0)
                // empty: no rows, no columns to miss
                return new CsvReader<T>(window, file, lines, options.MaxRecordBytes, fields, header, 0, (_, _, _) => false);
        }

        CsvRowMapper<T> map = CsvMapping<T>.Compile(file, header, options.AllowMissingColumns, out int columns);
        if (from is { } offset && offset.Value > window.Position)
        {
            await GoToRecordAsync(window, offset.Value, cancellation);
            lines = CsvReader<T>.LinesBefore(offset);
        }

        return new CsvReader<T>(window, file, lines, options.MaxRecordBytes, fields, header, columns, map);
    }

    private async ValueTask<(string[] Header, long Lines)> ReadHeaderAsync(FileWindow window, CsvFields fields,
        CancellationToken cancellation)
    {
        long lines = 0;
        while (true)
        {
            if (window.Length == 0 && window.Ended)
                return ([], lines);
            CsvSplit split = fields.Split(window.Array, window.Start, window.End, window.Ended);
            if (split == CsvSplit.Whole && fields.IsBlank)
            {
                window.Advance(fields.Length);
                lines++;
            }
            else if (split == CsvSplit.Whole)
            {
                if (!Utf8.IsValid(window.Bytes[..fields.Length]))
                    throw new SourceException($"File '{window.Path}': the header is not valid UTF-8; convert the file to UTF-8.");
                string[] header = Enumerable.Range(0, fields.Count).Select(column => fields.Text(column).Trim()).ToArray();
                window.Advance(fields.Length);
                return (header, lines + fields.Lines);
            }
            else if (split == CsvSplit.TextAfterQuote || window.Ended || window.Length > options.MaxRecordBytes)
            {
                throw new SourceException(
                    $"File '{window.Path}': the header is not a CSV record: a quote is not closed, text follows a closing quote, " +
                    $"or it is longer than {options.MaxRecordBytes} bytes. If the file has no header, set {nameof(CsvOptions.HasHeader)} to false.");
            }
            else if (window.IsCut)
            {
                return ([], lines);                    // it is still being written
            }
            else
            {
                await window.FillAsync(cancellation);
            }
        }
    }
}

/// <inheritdoc cref="CsvSource{T}"/>
internal sealed class CsvReader<T>(
    FileWindow window, string file, long line, int maxRecordBytes, CsvFields fields, string[]? header, int columns, CsvRowMapper<T> map)
    : RecordFileReader<T>(window, file, line, maxRecordBytes)
{
    private readonly CsvMarks _marks = new(fields.Separator);

    protected override string Unfinished => "a quoted field is not closed before the end of the file";

    protected override void ReadRecords(SourceBuffer<T> buffer)
    {
        do
            ReadPlain(buffer);
        while (!buffer.IsFull && Window.Length > 0 && ReadOther(buffer));
    }

    /// <summary>Takes records as long as they are plain: without quotes, with as many fields as there are columns.</summary>
    private void ReadPlain(SourceBuffer<T> buffer)
    {
        if (columns == 0)
            return;
        _marks.Follow(Window);
        while (!buffer.IsFull && _marks.TryTake(fields, Window, columns) && fields.Length <= MaxRecordBytes)
            ReadRecord(buffer);
    }

    /// <summary>Takes any record; false if the window ends inside of it.</summary>
    private bool ReadOther(SourceBuffer<T> buffer)
    {
        CsvSplit split = fields.Split(Window.Array, Window.Start, Window.End, Window.Ended);
        if (split == CsvSplit.Unfinished)
            return false;
        if (split == CsvSplit.TextAfterQuote)
            RejectLine(buffer, "text follows the closing quote of a field (a quote inside a quoted field must be doubled)");
        else if (fields.Length > MaxRecordBytes)
            RejectLine(buffer, TooLong);
        else if (fields.IsBlank)
            Consume(fields.Length, 1);
        else
            ReadRecord(buffer);
        return true;
    }

    private void ReadRecord(SourceBuffer<T> buffer)
    {
        if (fields.Count != columns)
        {
            Reject(buffer, fields.Length, fields.Lines,
                $"the record has {fields.Count} fields, {(header is null ? "the row" : "the header")} has {columns}");
            return;
        }

        if (!IsUtf8(fields.Length))
        {
            Reject(buffer, fields.Length, fields.Lines, "the record is not valid UTF-8");
            return;
        }

        bool isRow;
        try
        {
            isRow = map(fields, buffer, Window.Position);
        }
        catch (Exception error) when (error is not OutOfMemoryException)              // the row's own constructor may throw anything
        {
            Reject(buffer, fields.Length, fields.Lines, $"{typeof(T).Name} cannot be made: {error.Message.TrimEnd('.')}", error);
            return;
        }

        if (isRow)
            Consume(fields.Length, fields.Lines);
        else
            Reject(buffer, fields.Length, fields.Lines, Failure());
    }

    private string Failure()
    {
        int column = fields.FailedColumn;
        string value = fields.Text(column), name = header is null ? $"{column + 1}" : $"'{header[column]}'";
        Type wanted = fields.WantedType!;
        bool isTooLong = (wanted == typeof(double) || wanted == typeof(float) || wanted == typeof(Half) || wanted == typeof(decimal))
            && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        return $"column {name}: '{(value.Length > 100 ? value[..100] + "…" : value)}' " +
            $"{(isTooLong ? "has more digits than are in" : "is not")} a {wanted.Name}";
    }
}
