using ActorStreams.TestKit;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>Demand that is withheld at one end reaches the other: when nothing is left to do, no more is on its way than the buffers
/// hold.</summary>
[Trait("Issue", "12")]
public sealed class BackPressureSpec(ITestOutputHelper output)
    : Akka.TestKit.Xunit2.TestKit(ActorStreamsTestKit.VirtualTime, output: output)
{
    private const int Buffer = 8, Batch = 16;

    private static readonly JobOptions s_small = new() { Parallelism = 1, BatchRows = Batch, EpochInterval = TimeSpan.FromDays(1) };

    private readonly TaskCompletionSource<TestSubscriber.Probe<int>> _probe = new();
    private int _taken;

    [Fact]
    public async Task A_sink_that_asks_for_nothing_stops_the_source_within_the_buffers()
    {
        await using Job job = await this.StartPipelineAsync(pipeline => pipeline.Read("in", Counted()).Write("out", Probed()), options: s_small);
        TestSubscriber.Probe<int> sink = await _probe.Task;
        this.RunUntilIdle();
        ShouldHaveTaken(given: 0, onTheWay: Batch);

        for (int row = 0; row < 100; row++)
            await sink.RequestNextAsync(row);
        this.RunUntilIdle();

        ShouldHaveTaken(given: 100, onTheWay: Batch);
    }

    [Fact]
    public async Task Time_that_passes_lets_no_more_through()
    {
        await using Job job = await this.StartPipelineAsync(pipeline => pipeline.Read("in", Counted()).Write("out", Probed()), options: s_small);
        this.RunUntilIdle();
        int taken = _taken;

        this.AdvanceTime(TimeSpan.FromHours(1));

        Assert.Equal(taken, _taken);
    }

    [Fact]
    public async Task An_exchange_between_stages_adds_the_batches_of_its_lanes()
    {
        const int Credit = 2, Lanes = 2 + 2, Instances = 1 + 2 + 1;
        await using Job job = await this.StartPipelineAsync(
            pipeline => pipeline.Read("in", Counted()).KeyBy(static row => row % 7).Process("same", static () => new Same()).Write("out", Probed()),
            options: s_small with { LaneBatches = Credit, Parallelism = 2 });
        this.RunUntilIdle();

        // A lane has its credit on its way, and a batch that is being filled; an instance works on one.
        ShouldHaveTaken(given: 0, onTheWay: Batch * ((Lanes * (Credit + 1)) + Instances));
    }

    [Fact]
    public async Task A_flow_whose_output_is_not_asked_for_asks_for_no_input()
    {
        Flow<int, int, Task<Job>> flow = Pipeline.Flow<int, int>("flow", rows => rows.Map(static row => row), options: s_small, bufferRows: Buffer);
        TestSubscriber.Probe<int> sink = Source.FromEnumerator(Numbers).Via(flow).RunWith(this.SinkProbe<int>(), Sys.Materializer());
        this.RunUntilIdle();
        ShouldHaveTaken(given: 0, onTheWay: Batch);

        for (int row = 0; row < 50; row++)
            await sink.RequestNextAsync(row);
        this.RunUntilIdle();

        ShouldHaveTaken(given: 50, onTheWay: Batch);
        sink.Cancel();
    }

    [Fact]
    public void An_ingress_without_room_asks_for_nothing()
    {
        var numbers = new Ingress<int>(capacityRows: 4);

        Task<long> durable = Source.FromEnumerator(Numbers).RunWith(numbers.ToSink(), Sys.Materializer());
        this.RunUntilIdle();

        Assert.InRange(_taken, 4 + 1, 4 + 1 + 1);       // one waits for room; the enumerator is one ahead
        Assert.False(durable.IsCompleted);
    }

    [Fact]
    public async Task A_table_that_is_not_asked_for_holds_up_no_epoch_and_gives_all_of_them_in_order()
    {
        var numbers = new Ingress<int>();
        await using Job job = await this.StartPipelineAsync(pipeline => pipeline
            .Read("in", numbers).AsChanges().GroupBy(static _ => "all").Sum("sum", static row => (long)row).Materialize("sums"));
        TestSubscriber.Probe<EpochChanges<string, long>> changes = job.Table<string, long>("sums").ToSource()
            .RunWith(this.SinkProbe<EpochChanges<string, long>>(), Sys.Materializer());
        Assert.True((await changes.RequestNextAsync()).IsSnapshot);

        for (int row = 1; row <= 10; row++)
        {
            _ = numbers.TellAsync(1);
            this.RunUntilIdle();
            await job.CommitAsync();
        }

        for (int sum = 1; sum <= 10; sum++)
            Assert.Equal(sum, (await changes.RequestNextAsync()).Changes.Single(change => change.Weight > 0).Row.Value);
    }

    /// <summary>What the sink has given is gone; its buffer is full, and the source's, and batches are on their way between them.</summary>
    private void ShouldHaveTaken(int given, int onTheWay) =>
        Assert.InRange(_taken, given + Buffer + Buffer, given + Buffer + onTheWay + Buffer + 1);    // the enumerator is one ahead

    private sealed class Same : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context) => context.Emit(row);
    }

    private ActorStreams.Source<int> Counted() => AkkaSource.From(Source.FromEnumerator(Numbers), bufferRows: Buffer);

    private ActorStreams.Sink<int> Probed() => AkkaSink.To(this.SinkProbe<int>(), bufferRows: Buffer, materialized: _probe.SetResult);

    private IEnumerator<int> Numbers()
    {
        for (int row = 0; ; row++)
        {
            _taken++;
            yield return row;
        }
    }
}
