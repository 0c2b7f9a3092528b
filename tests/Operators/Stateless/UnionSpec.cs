using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Stateless;

public sealed class UnionSpec
{
    [Fact]
    public async Task All_rows_of_all_streams_each_stream_in_order()
    {
        Pipeline pipeline = Pipeline.Create("test");
        int[] a = [.. Enumerable.Range(0, 3000)], b = [.. Enumerable.Range(10_000, 10)], c = [];
        var taken = new List<int>();
        pipeline.Read("a", Sources.Of(a)).Union(pipeline.Read("b", Sources.Of(b)).Map(row => row), pipeline.Read("c", Sources.Of(c)))
            .Write("out", Sinks.ForEach<int>(taken.Add));
        await pipeline.ToEndAsync();
        Assert.Equal(a, taken.Where(row => row < 10_000));
        Assert.Equal(b, taken.Where(row => row >= 10_000));
    }

    [Fact]
    public async Task A_stream_with_itself_gives_its_rows_as_often_as_it_is_named()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var taken = new List<int>();
        Stream<int> rows = pipeline.ReadSeconds("rows", 1, 2, 3);
        rows.Union(rows, rows).Write("out", Sinks.ForEach<int>(taken.Add));
        await pipeline.ToEndAsync();
        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3], taken.Order());
    }

    [Fact]
    public async Task The_watermark_is_the_least_of_all_inputs()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var slow = System.Threading.Channels.Channel.CreateUnbounded<int>();
        var came = new List<string>();
        var fastIsThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slowIsThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pipeline.ReadSeconds("fast", 1, 20)
            .Union(pipeline.Read("slow", Sources.From(slow.Reader)).WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic()))
            .Watch(
                (row, _, _) =>
                {
                    came.Add($"{row}");
                    if (row == 20)
                        fastIsThere.SetResult();
                },
                watermark =>
                {
                    came.Add($"w{watermark / 1_000_000}");
                    if (watermark == 7_000_000)
                        slowIsThere.SetResult();
                })
            .Write("out", Sinks.ForEach<int>(_ => { }));
        Task end = pipeline.ToEndAsync();
        await fastIsThere.Task.WaitAsync(Running.Limit);
        slow.Writer.TryWrite(5);
        slow.Writer.TryWrite(7);
        await slowIsThere.Task.WaitAsync(Running.Limit);
        slow.Writer.TryWrite(30);
        slow.Writer.Complete();
        await end;
        Assert.Equal(["1", "20", "5", "w5", "7", "w7", "30"], came.Take(7));
        Assert.Equal($"w{EventTime.MaxValue / 1_000_000}", came[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Inputs_of_different_width_lose_nothing_and_make_nothing_late(int parallelism)
    {
        Pipeline pipeline = Pipeline.Create("test");
        int[] a = [.. Enumerable.Range(0, 5000)], b = [.. Enumerable.Range(0, 40)];
        long counted = 0;
        Stream<int> wide = pipeline.Read("wide", Sources.Of(a, 4)).WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic());
        wide.Union(pipeline.ReadSeconds("narrow", b))
            .KeyBy(row => row % 7).Window("minutes", ActorStreams.Window.Tumbling(TimeSpan.FromMinutes(1)))
                .Aggregate(Aggregate.Of<int>().Count())
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(result => counted += result.Result));
        await pipeline.ToEndAsync(Running.OneActor with { Parallelism = parallelism });
        Assert.Equal(5040, counted);
    }

    [Fact]
    public void Streams_of_two_pipelines_do_not_mix()
    {
        Stream<int> a = Pipeline.Create("one").Read("a", Sources.Of(new[] { 1 })), b = Pipeline.Create("two")
            .Read("b", Sources.Of(new[] { 1 }));
        PipelineException error = Assert.Throws<PipelineException>(() => a.Union(b));
        Assert.Contains("'a' cannot be united with 'b' of pipeline 'two'", error.Message);
    }

    [Fact]
    public void Of_one_stream_is_that_stream()
    {
        Stream<int> rows = Pipeline.Create("one").Read("a", Sources.Of(new[] { 1 }));
        Assert.Same(rows, rows.Union());
    }
}
