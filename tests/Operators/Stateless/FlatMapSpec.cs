using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Stateless;

public sealed class FlatMapSpec
{
    private static readonly JobOptions s_skip = Running.OneActor with { Errors = ErrorPolicy.Skip };

    [Fact]
    public async Task Nothing_in_nothing_out() =>
        Assert.Empty(await Running.RowsAsync(Array.Empty<int>(), stream => stream.FlatMap(row => new[] { row })));

    [Fact]
    public async Task Children_come_in_order_and_a_row_may_have_none()
    {
        int[] rows = [.. Enumerable.Range(0, 700)];
        List<int> output = await Running.RowsAsync(rows, stream => stream.FlatMap(row => Enumerable.Range(row, row % 5)));
        Assert.Equal(rows.SelectMany(row => Enumerable.Range(row, row % 5)), output);
    }

    [Fact]
    public async Task A_chain_of_them_loses_nothing_under_back_pressure()
    {
        int[] rows = [.. Enumerable.Range(0, 300)];
        List<int> output = await Running.RowsAsync(
            rows,
            stream => stream.FlatMap(row => Enumerable.Range(row, row % 40)).FlatMap(row => Enumerable.Range(row, row % 7)).Union()
                .FlatMap(row => new[] { row, -row }),
            Running.Tight);
        Assert.Equal(rows.SelectMany(row => Enumerable.Range(row, row % 40)).SelectMany(row => Enumerable.Range(row, row % 7))
            .SelectMany(row => new[] { row, -row }), output);
    }

    [Fact]
    public async Task Watermarks_come_after_all_children_before_them()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var came = new List<(long Time, bool IsWatermark)>();
        pipeline.ReadSeconds("rows", [.. Enumerable.Range(1, 20)])
            .FlatMap(row => Enumerable.Repeat(row, 1000))
            .Watch((_, time, _) => came.Add((time, false)), watermark => came.Add((watermark, true)))
            .Union(pipeline.ReadSeconds("none"))
            .Write("out", Sinks.ForEachBatch<int>(async (_, _) => await Task.Yield(), batchRows: 7));
        await pipeline.ToEndAsync(Running.Tight);

        var expected = Enumerable.Range(1, 20)
            .SelectMany(row => Enumerable.Repeat((row * 1_000_000L, false), 1000).Append((row * 1_000_000L, true)));
        Assert.Equal(expected.Append((EventTime.MaxValue, true)), came);
    }

    [Theory]
    [InlineData(false, 2_000)]
    [InlineData(true, 20_000)]
    public async Task Ten_million_children_of_a_row_are_enumerated_as_fast_as_the_sink_takes_them(bool inAnotherStage, int mostAhead)
    {
        const int Children = 10_000_000;
        long enumerated = 0, written = 0, ahead = 0, sum = 0;
        IEnumerable<int> Enumerate()
        {
            for (int child = 0; child < Children; child++)
            {
                ahead = Math.Max(ahead, ++enumerated - Volatile.Read(ref written));
                yield return child;
            }
        }

        Pipeline pipeline = Pipeline.Create("test");
        Stream<int> children = pipeline.Read("rows", Sources.Of(new[] { 1 })).FlatMap(_ => Enumerate());
        if (inAnotherStage)
            children = children.Union(pipeline.Read("none", Sources.Of(Array.Empty<int>())));
        children.Write("out", Sinks.ForEachBatch<int>(async (rows, _) =>
        {
            await Task.Yield();
            foreach (int row in rows)
                sum += row;
            Volatile.Write(ref written, written + rows.Count);
        }));
        await pipeline.ToEndAsync(Running.OneActor with { EpochInterval = TimeSpan.FromMilliseconds(10) });
        Assert.Equal(Children, written);
        Assert.Equal((long)Children * (Children - 1) / 2, sum);
        Assert.InRange(ahead, 1, mostAhead);
    }

    [Fact]
    public async Task An_error_names_pipeline_operator_and_row()
    {
        JobException error = await Assert.ThrowsAsync<JobException>(
            () => Running.RowsAsync([1, 2],
                stream => stream.FlatMap<int, int>(row => row == 2 ? throw new FormatException("odd") : [row], "split")));
        Assert.Contains("Pipeline 'test', operator 'split'", error.Message);
        Assert.Contains("FormatException: odd. Row: 2", error.Message);
    }

    [Fact]
    public async Task What_was_enumerated_before_an_error_stays_and_every_enumerator_is_disposed_of_once()
    {
        int[] rows = [.. Enumerable.Range(0, 1000)];
        int open = 0;
        IEnumerable<int> Children(int row)
        {
            open++;
            try
            {
                yield return row;
                if (row % 10 == 0)
                    throw new FormatException($"no second {row}");
                yield return row;
            }
            finally
            {
                open--;
            }
        }

        var letters = new List<DeadLetter>();
        List<int> output = await Running.RowsAsync(rows, stream => stream.FlatMap(Children, "twice"), s_skip, letters);
        Assert.Equal(rows.SelectMany(row => row % 10 == 0 ? new[] { row } : [row, row]), output);
        Assert.Equal(rows.Where(row => row % 10 == 0)
            .Select(row =>
            new DeadLetter("test", "twice", $"FormatException: no second {row}", $"{row}", "rows/0", row, EventTime.MinValue)), letters);
        Assert.Equal(0, open);
    }

    [Fact]
    public async Task Null_instead_of_a_sequence_is_an_error()
    {
        var letters = new List<DeadLetter>();
        Assert.Equal([1],
            await Running.RowsAsync([0, 1], stream => stream.FlatMap(row => row == 0 ? null! : new[] { row }), s_skip, letters));
        Assert.Contains("returned null", Assert.Single(letters).Error);
    }

    [Fact]
    public async Task Children_have_the_time_and_position_of_their_row()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var came = new List<(int, long, long)>();
        pipeline.ReadSeconds("rows", [.. Enumerable.Range(0, 500)])
            .FlatMap(row => Enumerable.Repeat(row, 3))
            .Watch((row, time, position) => came.Add((row, time, position)))
            .Write("out", Sinks.ForEachBatch<int>(async (_, _) => await Task.Yield(), batchRows: 3));
        await pipeline.ToEndAsync(s_skip);
        Assert.Equal(Enumerable.Range(0, 1500).Select(i => (i / 3, i / 3 * 1_000_000L, Position.Of(0, i / 3))), came);
    }

    [Fact]
    public async Task A_chunk_that_comes_in_pieces_while_it_is_suspended_is_kept()
    {
        int[] rows = [.. Enumerable.Range(0, 1000)];
        var letters = new List<DeadLetter>();
        List<int> output = await Running.RowsAsync(
            rows, stream => stream.Map(row => row % 5 == 0 ? throw new FormatException() : row).FlatMap(row => Enumerable.Repeat(row, 50)),
            Running.Tight with { Errors = ErrorPolicy.Skip }, letters);
        Assert.Equal(rows.Where(row => row % 5 != 0).SelectMany(row => Enumerable.Repeat(row, 50)), output);
        Assert.Equal(200, letters.Count);
    }

    [Fact]
    public async Task A_job_can_be_disposed_of_in_the_middle_of_an_endless_row()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isDisposed = false;
        IEnumerable<int> Endless()
        {
            try
            {
                begun.SetResult();
                while (true)
                    yield return 1;
            }
            finally
            {
                isDisposed = true;
            }
        }

        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(new[] { 1 })).FlatMap(_ => Endless()).Write("out", Sinks.ForEach<int>(_ => { }));
        Job job = await Job.StartAsync(pipeline, null, Running.OneActor);
        await begun.Task.WaitAsync(Running.Limit);
        await job.DisposeAsync().AsTask().WaitAsync(Running.Limit);
        Assert.True(isDisposed);
    }

    [Fact]
    public async Task After_a_crash_children_come_exactly_once()
    {
        int[] rows = [.. Enumerable.Range(0, 2000)];
        int crashes = 3;
        Pipeline pipeline = Pipeline.Create("test");
        pipeline.Read("rows", Sources.Of(rows))
            .FlatMap(row => Enumerable.Range(row * 100, 100))
            .Map(child => child % 41_000 == 40_999 && crashes-- > 0 ? throw new InvalidOperationException("crash") : child)
            .Write("out", Sinks.Table<int>("children", table => table.Column("child", child => child)));
        MemoryStore store = Store.InMemory();
        await using Job job = await Job.StartAsync(
            pipeline, store,
                Running.Tight with
                {
                    EpochInterval = TimeSpan.FromMilliseconds(10),
                    Restart = new RestartPolicy(10, TimeSpan.Zero, TimeSpan.Zero)
                });
        await job.Completion.WaitAsync(Running.Limit);
        Assert.Equal(3, job.Restarts);
        Assert.Equal(Enumerable.Range(0, 200_000), store.ReadTable("children").Select(row => Convert.ToInt32(row[0])));
    }
}
