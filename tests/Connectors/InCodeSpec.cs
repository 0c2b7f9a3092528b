using System.Threading.Channels;
using ActorStreams.Authoring;
using ActorStreams.Connectors.Callbacks;

namespace ActorStreams.Connectors.Tests;

public sealed class InCodeSpec
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(7, 1)]
    [InlineData(7, 3)]
    [InlineData(2, 5)]
    public async Task Rows_in_memory_keep_the_contract_of_sources(int rows, int partitions)
    {
        await SourceContract.HoldsAsync(Sources.Of(Enumerable.Range(0, rows).ToArray(), partitions), rows);
        await SourceContract.HoldsAsync(Sources.Of((IReadOnlyList<int>)Enumerable.Range(0, rows).ToList(), partitions), rows);
    }

    [Fact]
    public async Task Fewer_rows_than_were_read_are_refused() =>
        await Assert.ThrowsAsync<SourceException>(() => SourceRun.ReadAsync(Sources.Of(new[] { 1 }), from: new SourceOffset(2)));

    [Fact]
    public async Task A_channel_gives_what_is_there_and_waits_for_more()
    {
        var channel = Channel.CreateUnbounded<int>();
        await using SourceReader<int> reader = await Sources.From(channel.Reader).OpenAsync("0", null, SourceRun.Context, default);
        var buffer = new SourceBuffer<int>(4);

        ValueTask<bool> read = reader.ReadAsync(buffer, default);
        Assert.False(read.IsCompleted);
        channel.Writer.TryWrite(1);
        Assert.True(await read);
        Assert.Equal([1], buffer.Rows.ToArray());

        for (int row = 2; row < 8; row++)
            channel.Writer.TryWrite(row);
        buffer.Clear();
        Assert.True(await reader.ReadAsync(buffer, default));
        Assert.Equal([2, 3, 4, 5], buffer.Rows.ToArray());
        Assert.Equal(5, reader.Offset.Value);

        channel.Writer.Complete(new InvalidOperationException("broken"));
        buffer.Clear();
        Assert.True(await reader.ReadAsync(buffer, default));
        buffer.Clear();
        SourceException error = await Assert.ThrowsAsync<SourceException>(async () => await reader.ReadAsync(buffer, default));
        Assert.Contains("broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sequence_gives_what_is_there_and_keeps_the_step_it_waits_for()
    {
        var gate = new TaskCompletionSource();
        await using SourceReader<int> reader = await Sources.From(Rows()).OpenAsync("0", null, SourceRun.Context, default);
        var buffer = new SourceBuffer<int>(8);

        Assert.True(await reader.ReadAsync(buffer, default));
        Assert.Equal([1, 2], buffer.Rows.ToArray());

        buffer.Clear();
        using var cancelled = new CancellationTokenSource();
        ValueTask<bool> read = reader.ReadAsync(buffer, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);

        gate.SetResult();
        Assert.True(await reader.ReadAsync(buffer, default));
        while (buffer.Count < 2 && await reader.ReadAsync(buffer, default))
        {
        }

        Assert.Equal([3, 4], buffer.Rows.ToArray());
        buffer.Clear();
        Assert.False(await reader.ReadAsync(buffer, default));
        Assert.False(await reader.ReadAsync(buffer, default));

        async IAsyncEnumerable<int> Rows()
        {
            yield return 1;
            yield return 2;
            await gate.Task;
            yield return 3;
            yield return 4;
        }
    }

    [Fact]
    public async Task Callbacks_see_every_row_and_batches_are_theirs_to_keep()
    {
        var seen = new List<int>();
        var batches = new List<IReadOnlyList<int>>();
        await WriteAsync(Sinks.ForEach<int>(seen.Add));
        await WriteAsync(Sinks.ForEachBatch<int>((batch, _) =>
        {
            batches.Add(batch);
            return ValueTask.CompletedTask;
        }, batchRows: 4));

        Assert.Equal(Enumerable.Range(0, 10), seen);
        Assert.Equal([4, 4, 2], batches.Select(batch => batch.Count));
        Assert.Equal(Enumerable.Range(0, 10), batches.SelectMany(batch => batch));

        var text = new StringWriter { NewLine = "\n" };
        await WriteAsync(new TextSink<int>("text", text, row => $"<{row}>"));
        Assert.StartsWith("<0>\n<1>\n", text.ToString(), StringComparison.Ordinal);
    }

    public sealed record Result(string? Key, int Count, double? Max, DateTimeOffset At, DayOfWeek Day, byte[]? Blob, bool Yes);

    [Fact]
    public async Task A_table_sink_hands_typed_rows_to_the_store()
    {
        Sink<Result> sink = Sinks.Table<Result>("results",
            t => t.Key("key", r => r.Key).Column("count", r => r.Count).Column("max", r => r.Max)
            .Column("at", r => r.At).Column("day", r => r.Day).Column("blob", r => r.Blob).Column("yes", r => r.Yes), maxRowsPerEpoch: 2);
        SinkWriter<Result> writer = await sink.OpenAsync(Context, default);
        Result[] rows = [new("a", 1, 2.5, DateTimeOffset.UnixEpoch.AddSeconds(1), DayOfWeek.Friday, [1], true),
            new("b", 2, null, DateTimeOffset.UnixEpoch, DayOfWeek.Monday, null, false)];

        writer.Write(new Chunk<Result>(rows, new long[2]));
        PreparedOutput output = await writer.PrepareAsync(1, default);
        Array.Clear(rows);

        TableWrite write = Assert.Single(output.Tables);
        Assert.Equal(("results", TableMode.Upsert, 2), (write.Table.Name, write.Table.Mode, write.Count));
        Assert.Equal(
            [ColumnType.Text, ColumnType.Int64, ColumnType.Double, ColumnType.Timestamp, ColumnType.Text, ColumnType.Bytes,
            ColumnType.Boolean], write.Table.Columns.Select(column => column.Type));
        Assert.Equal(["a", 1L, 2.5, 1_000_000L, "Friday", "System.Byte[]", true], BoundRow.Of(write, 0));
        Assert.Equal(["b", 2L, null, 0L, "Monday", null, false], BoundRow.Of(write, 1));
        Assert.Empty((await writer.PrepareAsync(2, default)).Tables);
        Assert.Contains("more than 2 rows", Assert.Throws<SinkException>(() => writer.Write(new Chunk<Result>(new Result[3], new long[3])))
            .Message, StringComparison.Ordinal);

        RefusedRowException refused = Assert.Throws<RefusedRowException>(() =>
            writer.Write(new Chunk<Result>([new(null, 1, null, default, default, null, true)], new long[1])));
        Assert.Contains("column 'key'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_cannot_be_are_refused()
    {
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("Results", t => t.Column("a", r => r)));
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("results", t => t.Column("a b", r => r)));
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("results", t => t.Column("a", r => (decimal)r)));
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("results", t => t.Key("a", r => (int?)r)));
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("results", t => t.Column("a", r => r).Column("a", r => r)));
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("results", t => t.Column("a", r => r), TableMode.Upsert));
        Assert.Throws<PipelineException>(() => Sinks.Table<int>("results", t => t.Key("a", r => r), TableMode.Insert));
    }

    private static SinkContext Context { get; } = new("pipeline", "sink", 0, 0, null, 1, TimeProvider.System);

    private static async Task WriteAsync(Sink<int> sink)
    {
        await using SinkWriter<int> writer = await sink.OpenAsync(Context, default);
        for (int row = 0; row < 10; row += 2)
        {
            writer.Write(new Chunk<int>([row, row + 1], new long[2]));
            if (writer.IsFull)
                await writer.FlushAsync(default);
        }

        Assert.Null((await writer.PrepareAsync(1, default)).Handle);
    }

    private sealed class BoundRow(int columns) : StoreRow
    {
        private readonly object?[] _values = new object?[columns];

        public static object?[] Of(TableWrite write, int index)
        {
            var row = new BoundRow(write.Table.Columns.Count);
            write.Bind(index, row);
            return row._values;
        }

        public override void SetNull(int column) => _values[column] = null;

        public override void Set(int column, long value) => _values[column] = value;

        public override void Set(int column, double value) => _values[column] = value;

        public override void Set(int column, string value) => _values[column] = value;

        public override void Set(int column, bool value) => _values[column] = value;

        public override void Set(int column, byte[] value) => _values[column] = value.ToString();

        public override void SetTimestamp(int column, long time) => _values[column] = time;
    }

    [Fact]
    public async Task A_sequence_that_ignores_its_token_does_not_hold_the_end_of_its_reader()
    {
        var clock = new TestKit.VirtualClock();
        SourceReader<int> reader = await Sources.From(Endless()).OpenAsync("0", null, SourceRun.Context with { Clock = clock }, default);
        var buffer = new SourceBuffer<int>(4);
        Assert.True(await reader.ReadAsync(buffer, default));
        buffer.Clear();
        ValueTask<bool> read = reader.ReadAsync(buffer, default);
        Assert.False(read.IsCompleted);

        Task closed = reader.DisposeAsync().AsTask();
        Assert.False(closed.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(5));
        await closed.WaitAsync(TimeSpan.FromSeconds(20));

        static async IAsyncEnumerable<int> Endless()
        {
            yield return 1;
            await new TaskCompletionSource().Task;
        }
    }
}
