using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

public sealed class FileSinkSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public readonly record struct WindowResult<TKey, TResult>(TKey Key, Window Window, TResult Result);

    public sealed record Nested(string? Text, Nested.Part? Inner, DayOfWeek? Day)
    {
        public sealed record Part([property: ColumnName("n")] int Number, DateTimeOffset At);

        public int Derived => 1;
    }

    private static readonly Window s_window = new(new DateTimeOffset(2018, 1, 31, 6, 0, 0, TimeSpan.Zero).ToMicros(),
        new DateTimeOffset(2018, 1, 31, 12, 0, 0, TimeSpan.Zero).AddMilliseconds(5).ToMicros());

    [Fact]
    public async Task A_window_result_has_columns_by_itself()
    {
        string path = _folder["a.csv"];

        await WriteAsync(Csv.ToFile<WindowResult<string, (long Count, double? Max)>>(path),
            [new("ci", s_window, (3, 4.7)), new("", s_window, (0, null))]);

        Assert.Equal("""
            Key,Window.Start,Window.End,Result.Item1,Result.Item2
            ci,2018-01-31T06:00:00Z,2018-01-31T12:00:00.005Z,3,4.7
            "",2018-01-31T06:00:00Z,2018-01-31T12:00:00.005Z,0,

            """.ReplaceLineEndings("\n"), await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Columns_can_be_named_and_typed_explicitly()
    {
        string path = _folder["a.csv"];
        Sink<WindowResult<string, (long Count, double? Max)>> sink = Csv.ToFile<WindowResult<string, (long Count, double? Max)>>(path,
            c => c
            .Column("network", r => r.Key)
            .Column("window_start", r => r.Window.StartTime)
            .Column("count", r => r.Result.Count)
            .Column("max", r => r.Result.Max)
            .Column("flag", r => r.Result.Count > 1)
            .Column("third", r => 1 / 3.0), new CsvOptions { Separator = ';' });

        await WriteAsync(sink, [new("a;\"b\"\n", s_window, (3, 1e300))]);

        Assert.Equal(
            "network;window_start;count;max;flag;third\n\"a;\"\"b\"\"\n\";2018-01-31T06:00:00Z;3;1E+300;true;0.3333333333333333\n",
            await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Nested_values_and_nulls_become_fields()
    {
        string path = _folder["a.csv"];

        await WriteAsync(Csv.ToFile<Nested>(path),
            [new(null, null, null),
            new(" x ", new Nested.Part(7, new DateTimeOffset(2018, 1, 31, 8, 0, 0, TimeSpan.FromHours(2))), DayOfWeek.Friday)]);

        Assert.Equal("Text,Inner.n,Inner.At,Day\n,,,\n\" x \",7,2018-01-31T06:00:00Z,Friday\n", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public void Columns_without_a_form_or_with_one_name_are_refused()
    {
        Assert.Throws<PipelineException>(() => Csv.ToFile<(int A, int[] B)>("a.csv"));
        Assert.Throws<PipelineException>(() => Csv.ToFile<int>("a.csv", c => c.Column("a", r => new object())));
        Assert.Throws<PipelineException>(() => Csv.ToFile<int>("a.csv", c => c.Column("a", r => r).Column("A", r => r)));
        Assert.Throws<PipelineException>(() => Csv.ToFile<int>("a.csv", _ => { }));
    }

    [Fact]
    public async Task What_is_written_can_be_read_again()
    {
        Reading[] rows = Enumerable.Range(0, 3000)
            .Select(n =>
            new Reading($"\"{n}\",\r\n", DateTimeOffset.UnixEpoch.AddTicks(n * 7777777L), n % 3 == 0 ? null : n / 7.0, n % 2 == 0 ? null
            : "")).ToArray();

        await WriteAsync(Csv.ToFile<Reading>(_folder["a.csv"]), rows);
        await WriteAsync(JsonLines.ToFile<Reading>(_folder["a.jsonl"]), rows);

        Assert.Equal(rows, await SourceRun.RowsAsync(Csv.File<Reading>(_folder["a.csv"])));
        Assert.Equal(rows, await SourceRun.RowsAsync(JsonLines.File<Reading>(_folder["a.jsonl"])));
    }

    [Fact]
    public async Task A_file_of_others_is_refused_unless_told_otherwise()
    {
        string path = _folder.Write("a.csv", "mine\n");

        SinkException error = await Assert.ThrowsAsync<SinkException>(() => WriteAsync(Csv.ToFile<int>(path), [1]));
        Assert.Contains("Overwrite or Append", error.Message, StringComparison.Ordinal);
        await WriteAsync(Csv.ToFile<int>(path, new CsvOptions { IfExists = IfExists.Append }), [1]);
        Assert.Equal("mine\n1\n", await File.ReadAllTextAsync(path));
        await WriteAsync(Csv.ToFile<int>(path, new CsvOptions { IfExists = IfExists.Overwrite }), [2]);
        Assert.Equal("value\n2\n", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task A_committed_file_that_was_cut_or_changed_is_refused()
    {
        string path = _folder["a.csv"];
        byte[] handle = await WriteAsync(Csv.ToFile<int>(path), [1, 2, 3]);
        Sink<int> sink = Csv.ToFile<int>(path);

        await File.WriteAllTextAsync(path, "value\n1\n2\n4\n");
        Assert.Contains("checksum", (await Assert.ThrowsAsync<SinkException>(() => OpenAsync(sink, 1, handle))).Message,
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, "value\n1\n");
        Assert.Contains("8 bytes, but 12 are committed",
            (await Assert.ThrowsAsync<SinkException>(() => OpenAsync(sink, 1, handle))).Message, StringComparison.Ordinal);
        File.Delete(path);
        await Assert.ThrowsAsync<SinkException>(() => OpenAsync(sink, 1, handle));
        await Assert.ThrowsAsync<SinkException>(() => OpenAsync(sink, 1, [9, 9]));
    }

    [Fact]
    public async Task A_job_that_was_rewound_finds_the_file_as_it_was_then()
    {
        string path = _folder["a.csv"];
        byte[] first = await WriteAsync(Csv.ToFile<int>(path), [1, 2]);
        byte[] second = await WriteAsync(Csv.ToFile<int>(path), [3], committed: 1, first);
        Assert.Equal("value\n1\n2\n3\n", await File.ReadAllTextAsync(path));
        Assert.NotEqual(first, second);

        await (await OpenAsync(Csv.ToFile<int>(path), 1, first)).DisposeAsync();

        Assert.Equal("value\n1\n2\n", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Two_writers_of_one_file_are_refused()
    {
        string path = _folder["a.csv"];
        await using SinkWriter<int> writer = await OpenAsync(Csv.ToFile<int>(path), 0, null);

        SinkException error = await Assert.ThrowsAsync<SinkException>(() => OpenAsync(Csv.ToFile<int>(path), 0, null));

        Assert.Contains("Another job or an earlier run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orphans_of_other_files_are_left_alone()
    {
        _folder.Write(".a.1-1.staging", "orphan");
        _folder.Write(".a.csv.1-1.staging", "of another job");

        await (await OpenAsync(Csv.ToFile<int>(_folder["a"]), 0, null)).DisposeAsync();

        Assert.DoesNotContain(".a.1-1.staging", _folder.Names());
        Assert.Contains(".a.csv.1-1.staging", _folder.Names());
    }

    [Fact]
    public async Task An_epoch_without_rows_touches_no_file()
    {
        string path = _folder["a.jsonl"];
        await using SinkWriter<int> writer = await OpenAsync(JsonLines.ToFile<int>(path), 0, null);

        PreparedOutput output = await writer.PrepareAsync(1, default);
        await writer.CommitAsync(1, output.Handle, default);

        Assert.NotNull(output.Handle);
        Assert.Equal([".a.jsonl.lock"], _folder.Names());
    }

    private static async Task<SinkWriter<T>> OpenAsync<T>(Sink<T> sink, long committed, byte[]? handle)
    {
        Assert.Equal((SinkGuarantee.TwoPhase, 1), (sink.Guarantee, sink.MaxParallelism));
        return await sink.OpenAsync(new SinkContext("pipeline", "sink", 0, committed, handle, committed + 1, TimeProvider.System), default);
    }

    private static async Task<byte[]> WriteAsync<T>(Sink<T> sink, T[] rows, long committed = 0, byte[]? handle = null)
    {
        await using SinkWriter<T> writer = await OpenAsync(sink, committed, handle);
        writer.Write(new Chunk<T>(rows, new long[rows.Length]));
        PreparedOutput output = await writer.PrepareAsync(committed + 1, default);
        await writer.CommitAsync(committed + 1, output.Handle, default);
        return output.Handle!;
    }
}
