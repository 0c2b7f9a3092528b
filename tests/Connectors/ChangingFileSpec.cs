using System.Globalization;
using System.IO.Compression;
using System.Text;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>Files that others write while they are read, or between two runs: they may grow, and whatever else happens to them is
/// told.</summary>
[Trait("Issue", "A5")]
public sealed class ChangingFileSpec : IDisposable
{
    private const int Rows = 20_000;

    /// <summary>So many that not all of a compressed file is read at once.</summary>
    private const int ManyRows = 150_000;

    private readonly TemporaryFolder _folder = new();

    public sealed record Line(int Number, string Text);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Formats => ["csv", "jsonl", "avro"];

    public static TheoryData<string> AllFormats => ["csv", "jsonl", "avro", "csv.gz", "jsonl.gz"];

    [Theory]
    [MemberData(nameof(AllFormats))]
    public async Task A_file_that_is_cut_to_nothing_is_an_error(string format)
    {
        string path = await WriteAsync(format, 0, ManyRows);
        await FailsAsync(format, path, () => Cut(path, 0), "was cut or replaced|cut off");
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public async Task A_file_that_is_cut_behind_what_was_read_is_an_error(string format)
    {
        string path = await WriteAsync(format, 0, ManyRows);
        await FailsAsync(format, path, () => Cut(path, new FileInfo(path).Length - 1000), "was cut or replaced|cut off");
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public async Task A_log_that_is_rotated_by_copying_does_not_mix_old_and_new(string format)
    {
        string path = await WriteAsync(format, 0, ManyRows);
        byte[] next = await File.ReadAllBytesAsync(await WriteAsync(format, 500_000, ManyRows + 2000));
        await FailsAsync(format, path, () =>
        {
            Cut(path, 0);
            using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Write(next);
        }, "was changed while it was read|was cut or replaced|damaged|does not end with the file's marker");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Bytes_that_are_changed_behind_the_reader_are_an_error(string format)
    {
        string path = await WriteAsync(format, 0, Rows);
        await FailsAsync(format, path, () => Overwrite(path, 30_000, "~"), "was changed while it was read");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Rows_that_are_added_before_the_reader_comes_to_the_end_are_read(string format)
    {
        string path = await WriteAsync(format, 0, Rows);
        string more = await WriteAsync(format, Rows, 10);
        List<int> numbers = await NumbersAsync(format, path, () => Append(format, path, more));
        Assert.Equal(Enumerable.Range(0, Rows + 10), numbers);
    }

    [Theory]
    [InlineData("csv", "20000,half a rec")]
    [InlineData("csv", "20000,\"half\n")]
    [InlineData("jsonl", "{\"Number\":20000,\"Te")]
    [InlineData("jsonl", "{\"Number\":20000,\"Text\":\"whole, but for its end\"}")]
    public async Task Half_a_record_at_the_end_of_a_file_that_grows_is_no_record(string format, string half)
    {
        string path = await WriteAsync(format, 0, Rows);
        if (half.EndsWith('\n'))
            half += "x";
        await FailsAsync(format, path, () => File.AppendAllText(path, half), "is still being written");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_file_that_another_takes_the_place_of_is_read_to_its_end(string format)
    {
        string path = await WriteAsync(format, 0, Rows);
        string other = await WriteAsync(format, 500_000, Rows);
        List<int> numbers = await NumbersAsync(format, path, () => File.Move(other, path, overwrite: true));
        Assert.Equal(Enumerable.Range(0, Rows), numbers);
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public async Task A_file_that_was_replaced_by_one_of_the_same_width_is_refused_by_the_next_run(string format)
    {
        string path = await WriteAsync(format, 100_000, Rows);
        (SourceOffset stop, _) = await StopAsync(format, path, 3);
        string other = await WriteAsync(format, 200_000, Rows);
        File.Move(other, path, overwrite: true);

        SourceException error = await Assert.ThrowsAsync<SourceException>(() => ReadFromAsync(format, path, stop));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Matches("is not the one that was read before", error.Message);
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public async Task A_file_that_grew_or_was_only_copied_is_read_on_by_the_next_run(string format)
    {
        string path = await WriteAsync(format, 0, Rows);
        (SourceOffset stop, int read) = await StopAsync(format, path, 3);
        string more = await WriteAsync(format, Rows, 100);
        Append(format, path, more);
        File.Copy(path, path + "~");
        File.Move(path + "~", path, overwrite: true);

        Assert.Equal(Enumerable.Range(read, Rows + 100 - read), await ReadFromAsync(format, path, stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_500_000)]
    [InlineData(-600_000)]
    public async Task A_large_file_is_known_by_its_first_and_its_last_megabytes(int changedAt)
    {
        string path = await WriteAsync("csv", 0, 200_000);                        // eight megabytes
        (SourceOffset stop, int read) = await StopAsync("csv", path, 150);
        Overwrite(path, changedAt >= 0 ? changedAt + 100 : (int)stop.Value + changedAt, "~");

        Task<List<int>> reading = ReadFromAsync("csv", path, stop);
        if (changedAt == 1_500_000)
            Assert.Equal(200_000 - read, (await reading).Count);           // not looked at: so long a way back is not read again
        else
            Assert.Contains("is not the one that was read before", (await Assert.ThrowsAsync<SourceException>(() => reading)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_does_not_complete_with_half_a_file()
    {
        string path = await WriteAsync("csv", 0, Rows);
        var pipeline = Pipeline.Create("reads");
        int rows = 0;
        pipeline.Read("lines", Csv.File<Line>(path)).Map(line =>
        {
            if (line.Number == 3000)
                Cut(path, 0);
            return line.Number;
        }).Write("out", Sinks.ForEach<int>(_ => rows++));

        await using Job job = await Job.StartAsync(pipeline, new MemoryStore());
        Exception error = await Assert.ThrowsAnyAsync<ActorStreamsException>(() => job.Completion);
        Assert.Contains($"File '{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("source 'lines'", error.Message, StringComparison.Ordinal);
        Assert.InRange(rows, 0, Rows - 1);
    }

    [Fact]
    public async Task A_run_that_reads_what_is_available_leaves_unfinished_records_to_the_next()
    {
        string path = _folder.Write("a.csv", "Number,Text\n1,one\n");
        SourceReader<Line> reader = await OpenNowAsync(path, null);
        await File.AppendAllTextAsync(path, "2,two\n3,th");
        Assert.Equal([1], await RestAsync(reader));                                // what was there when it was opened

        reader = await OpenNowAsync(path, reader.Offset);
        Assert.Equal([2], await RestAsync(reader));
        await File.AppendAllTextAsync(path, "ree\n4,four");
        reader = await OpenNowAsync(path, reader.Offset);
        Assert.Equal([3], await RestAsync(reader));
        reader = await OpenNowAsync(path, reader.Offset);
        Assert.Equal([4], await RestAsync(reader));                                // it has not grown since: the record is whole
        reader = await OpenNowAsync(path, reader.Offset);
        Assert.Empty(await RestAsync(reader));
    }

    [Fact]
    public async Task A_run_that_reads_what_is_available_leaves_an_unfinished_header_and_block_to_the_next()
    {
        string csv = _folder.Write("b.csv", "Number,Te");
        SourceReader<Line> reader = await OpenNowAsync(csv, null);
        Assert.Empty(await RestAsync(reader));
        await File.AppendAllTextAsync(csv, "xt\n1,one\n");
        Assert.Equal([1], await RestAsync(await OpenNowAsync(csv, reader.Offset)));

        string avro = await WriteAsync("avro", 0, 3000), more = await WriteAsync("avro", 3000, 1000);
        reader = await Avro.File<Line>(avro).OpenAsync("0.avro", null, SourceRun.Context with { AvailableNow = true }, default);
        Append("avro", avro, more);
        Assert.Equal(3000, (await RestAsync(reader)).Count);
        reader = await Avro.File<Line>(avro).OpenAsync("0.avro", reader.Offset, SourceRun.Context with { AvailableNow = true }, default);
        Assert.Equal(Enumerable.Range(3000, 1000), await RestAsync(reader));
    }

    private static ValueTask<SourceReader<Line>> OpenNowAsync(string path, SourceOffset? from) =>
        Csv.File<Line>(path).OpenAsync(Path.GetFileName(path), from, SourceRun.Context with { AvailableNow = true }, default);

    private static void Cut(string path, long length)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }

    private static void Overwrite(string path, int at, string text)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = at;
        file.Write(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Adds the rows of another file of the format.</summary>
    private static void Append(string format, string path, string more)
    {
        byte[] bytes = Content(more);
        int skipped = format switch
        {
            "csv" or "csv.gz" => bytes.AsSpan().IndexOf((byte)'\n') + 1,
            "avro" => bytes.AsSpan().IndexOf(bytes.AsSpan(bytes.Length - 16)) + 16,
            _ => 0,
        };
        using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        using Stream packed = format.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        packed.Write(bytes.AsSpan(skipped));
    }

    private static byte[] Content(string path)
    {
        if (!path.EndsWith("gz", StringComparison.Ordinal))
            return File.ReadAllBytes(path);
        using var content = new MemoryStream();
        using (var packed = new GZipStream(File.OpenRead(path), CompressionMode.Decompress))
            packed.CopyTo(content);
        return content.ToArray();
    }

    private static Source<Line> SourceOf(string format, string path) =>
        format == "avro" ? Avro.File<Line>(path) : format.StartsWith("csv", StringComparison.Ordinal) ? Csv.File<Line>(path)
            : JsonLines.File<Line>(path);

    /// <summary>Reads a little, lets something happen, and reads the rest.</summary>
    private static async Task<List<int>> NumbersAsync(string format, string path, Action happens)
    {
        SourceReader<Line> reader = await SourceOf(format, path).OpenAsync(Path.GetFileName(path), null, SourceRun.Context, default);
        var buffer = new SourceBuffer<Line>();
        var numbers = new List<int>();
        for (int read = 0; read < 3; read++)
            Assert.True(await TakeAsync(reader, buffer, numbers));
        happens();
        numbers.AddRange(await RestAsync(reader));
        return numbers;
    }

    private static async Task<List<int>> RestAsync(SourceReader<Line> reader)
    {
        var buffer = new SourceBuffer<Line>();
        var numbers = new List<int>();
        await using (reader)
        {
            while (await TakeAsync(reader, buffer, numbers))
            {
            }
        }

        return numbers;
    }

    private static async Task<bool> TakeAsync(SourceReader<Line> reader, SourceBuffer<Line> buffer, List<int> numbers)
    {
        buffer.Clear();
        bool isMore = await reader.ReadAsync(buffer, default);
        Assert.Empty(buffer.Rejected);
        foreach (Line row in buffer.Rows)
            numbers.Add(row.Number);
        return isMore;
    }

    private static async Task FailsAsync(string format, string path, Action happens, string message)
    {
        SourceException error = await Assert.ThrowsAsync<SourceException>(() => NumbersAsync(format, path, happens));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Matches(message, error.Message);
    }

    private static async Task<(SourceOffset Offset, int Rows)> StopAsync(string format, string path, int reads)
    {
        await using SourceReader<Line> reader = await SourceOf(format, path)
            .OpenAsync(Path.GetFileName(path), null, SourceRun.Context, default);
        var buffer = new SourceBuffer<Line>();
        var numbers = new List<int>();
        for (int read = 0; read < reads; read++)
            Assert.True(await TakeAsync(reader, buffer, numbers));
        return (reader.Offset, numbers.Count);
    }

    private static async Task<List<int>> ReadFromAsync(string format, string path, SourceOffset from) =>
        await RestAsync(await SourceOf(format, path).OpenAsync(Path.GetFileName(path), from, SourceRun.Context, default));

    private async Task<string> WriteAsync(string format, int first, int count)
    {
        IEnumerable<Line> lines = Enumerable.Range(first, count)
            .Select(number =>
            new Line(number, string.Create(CultureInfo.InvariantCulture, $"the text of line {number * 7919L % 1_000_003:000000}")));
        string name = $"{first}.{format}";
        if (format == "avro")
            return await WriteAvroAsync(name, lines);
        var text = new StringBuilder(format.StartsWith("csv", StringComparison.Ordinal) ? "Number,Text\n" : "");
        foreach (Line line in lines)
        {
            if (format.StartsWith("csv", StringComparison.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"{line.Number},{line.Text}\n");
            else
                text.Append(CultureInfo.InvariantCulture, $"{{\"Number\":{line.Number},\"Text\":\"{line.Text}\"}}\n");
        }

        return _folder.Write(name, text.ToString());
    }

    private async Task<string> WriteAvroAsync(string name, IEnumerable<Line> lines)
    {
        string path = _folder[name];
        await using SinkWriter<Line> writer = await Avro.ToFile<Line>(path,
            new() { Compression = AvroCompression.None, BlockBytes = 1 << 15, IfExists = IfExists.Overwrite })
            .OpenAsync(new SinkContext("p", "s", 0, 0, null, 1, TimeProvider.System), default);
        foreach (Line[] some in lines.Chunk(1024))
            writer.Write(new Chunk<Line>(some, new long[some.Length]));
        await writer.CommitAsync(1, (await writer.PrepareAsync(1, default)).Handle, default);
        return path;
    }
}
