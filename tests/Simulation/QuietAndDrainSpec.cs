using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>A live source with pauses of all lengths, crashes between and in the middle of everything, and a drain at the end: each row is
/// counted once and none is late, as a model says that knows nothing of any of that.</summary>
[Trait("Issue", "B2")]
public sealed class QuietAndDrainSpec
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(5);

    [Fact]
    public void Every_seed_shows_what_the_model_says()
    {
        for (ulong seed = 1; seed <= 60; seed++)
            new LiveRun(seed).Execute();
    }

    private sealed class LiveRun(ulong seed)
    {
        private readonly SimulationRandom _random = SimulationRandom.For(seed, "quiet");
        private readonly SimulatedDisk _disk = new();
        private readonly TestSource<Payment> _source = new(2, Silence.NothingHappens);
        private readonly TestSink<WindowResult<string, long>> _sink = new();
        private readonly SortedDictionary<string, long> _expected = new(StringComparer.Ordinal);
        private SimulationScheduler _process = new(seed);
        private Job? _job;
        private readonly DateTimeOffset[] _last = new DateTimeOffset[2];
        private TimeSpan _trails;
        private int _rows;

        public void Execute()
        {
            Start();
            for (int burst = _random.Between(2, 5); burst > 0; burst--)
            {
                for (int rows = _random.Between(1, 12); rows > 0; rows--)
                {
                    Give();
                    Pass(_random.Next(800));
                }

                Pass(1000 * _random.OneOf(1, 4, 8, 30));
                if (_random.Chance(500))
                    Crash();
            }

            // Twelve seconds are window, bound and quiet time; three more are epochs. After a crash the quiet time begins anew, where each
            // partition stood: one that was silent before trails by that.
            Pass(15_000 + (int)_trails.TotalMilliseconds);
            Assert.True(_rows == _sink.Committed.Sum(result => result.Result),
                $"Seed {seed}: after the last silence {_sink.Committed.Sum(result => result.Result)} of {_rows} rows have come out.");

            Give();
            Job drained = _job!;
            _ = _process.Start(async () =>
            {
                await drained.DrainAsync();
                return true;
            });
            for (int steps = _random.Next(120); steps > 0; steps--)
                _process.Step();
            Crash();
            _process.Run(() => _job!.DrainAsync());
            Assert.Equal(_expected.Select(known => $"{known.Key} {known.Value}"),
                _sink.Committed.Select(result => $"{result.Key} {result.Window.Start} {result.Result}").Order(StringComparer.Ordinal));
            Assert.Equal(0, _job!.Metrics.CounterOf(new("counts"), Counters.LateDropped));
            _process.Kill();
        }

        private void Give()
        {
            long time = _process.Clock.GetUtcNow().ToMicros() - (_random.Next((int)s_bound.TotalMilliseconds) * 1000L);
            var row = new Payment(_rows++, $"key-{_random.Next(3)}", time, 1);
            string window = $"{row.Account} {time - (time % s_window.ToMicros())}";
            _expected[window] = _expected.GetValueOrDefault(window) + 1;
            int partition = _random.Next(2);
            _source.Element(row, partition);
            _last[partition] = _process.Clock.GetUtcNow();
            _process.RunReady();
        }

        private void Pass(int milliseconds) => _process.Run(() => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _process.Clock));

        private void Crash()
        {
            _trails = _last.Where(last => last != default).Select(last => _process.Clock.GetUtcNow() - last).DefaultIfEmpty().Max();
            _process.Kill();
            _process = _process.NewProcess();
            Start();
        }

        private void Start()
        {
            var pipeline = Pipeline.Create("live");
            pipeline.Read("rows", _source).WithEventTime(row => row.Time, Watermarks.BoundedOutOfOrderness(s_bound))
                .KeyBy(row => row.Account)
                .Window("counts", Window.Tumbling(s_window)).Aggregate(Aggregate.Of<Payment>().Count()).Write("out", _sink);
            var options = new JobOptions
            {
                Parallelism = _random.Between(1, 3),
                Shards = 8,
                EpochInterval = TimeSpan.FromMilliseconds(_random.OneOf(100, 500, 1000))
            }.On(_process);
            _job = _process.Run(() => Job.StartAsync(pipeline, new SimulatedStore(_disk), options));
        }
    }
}
