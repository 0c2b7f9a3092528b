using ActorStreams.Benchmarks.AkkaStreams;
using ActorStreams.Benchmarks.Cep;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Journals;
using ActorStreams.Benchmarks.Keyed;
using ActorStreams.Benchmarks.Latency;
using ActorStreams.Benchmarks.Links;
using ActorStreams.Benchmarks.Nodes;
using ActorStreams.Benchmarks.Parsing;
using ActorStreams.Benchmarks.Pipelines;
using ActorStreams.Benchmarks.Progress;
using ActorStreams.Benchmarks.Rx;
using ActorStreams.Benchmarks.Sketches;
using ActorStreams.Benchmarks.Sql;
using ActorStreams.Benchmarks.Stateless;
using ActorStreams.Benchmarks.TopicLogs;
using ActorStreams.Benchmarks.WindowOperators;

namespace ActorStreams.Benchmarks;

/// <summary>Every baseline there is; those with our side beside them are benchmarks.</summary>
internal static class Catalog
{
    public static IReadOnlyList<IBaseline> Baselines { get; } =
    [
        new FilterMap(),
        new SqlFilter(),
        new SqlWindow(),
        new SqlJoin(),
        new SqlTopRows(),
        new MatchRecognize(),
        new PlanQuery(),
        new SqlState(),
        .. NexmarkQueries.All, .. NexmarkQueries.AgainstDuckDb,
        new KeyedSmall(),
        new KeyedLarge(),
        new Hopping("hopping-10k", 10_000, 8_000_000),
        new Hopping("hopping-1m", 1_000_000, 8_000_000),
        new HoppingSlide(50),
        new HoppingSlide(500),
        new HoppingGeneral(),
        new Sessions(),
        new Skew(),
        new CollidingKeys<long>("colliding-keys", "Counts a hundred thousand numbers whose hashes collide without a seed.",
            CraftedKeys.Numbers),
        new CollidingKeys<string>("colliding-texts", "Counts a hundred thousand texts whose hashes collide without a seed.",
            CraftedKeys.Texts),
        new PipelineRun("pipeline-10k", 10_000, 1_000_000_000, TimeSpan.FromSeconds(1)),
        new PipelineRun("pipeline-10k-250ms", 10_000, 1_000_000_000, TimeSpan.FromMilliseconds(250)),
        new PipelineRun("pipeline-10k-volatile", 10_000, 1_000_000_000, epoch: null),
        new PipelineRun("pipeline-1m", 1_000_000, 600_000_000, TimeSpan.FromSeconds(1)),
        new PipelineRun("pipeline-1m-250ms", 1_000_000, 600_000_000, TimeSpan.FromMilliseconds(250)),
        new PipelineRun("pipeline-1m-volatile", 1_000_000, 600_000_000, epoch: null),
        new Durability("durable-1s", 1_000_000, 300_000_000, TimeSpan.FromSeconds(1), "SQLite", RunStore.Sqlite),
        new Durability("durable-250ms", 1_000_000, 300_000_000, TimeSpan.FromMilliseconds(250), "SQLite", RunStore.Sqlite),
        new Durability("durable-postgres", 1_000_000, 300_000_000, TimeSpan.FromSeconds(1), "PostgreSQL", RunStore.PostgreSql),
        new Durability("durable-akka", 1_000_000, 300_000_000, TimeSpan.FromSeconds(1), "Akka.Persistence.Sql on SQLite",
            RunStore.AkkaOnSqlite),
        .. JournalRun.All,
        new TumblingFull("tumbling-full-10k", 10_000, isGeneral: false),
        new TumblingFull("tumbling-full-1m", 1_000_000, isGeneral: false),
        new TumblingFull("tumbling-general-10k", 10_000, isGeneral: true),
        new TumblingFull("tumbling-general-1m", 1_000_000, isGeneral: true),
        new LatenessBySource(),
        new TriggerPanes("triggers-accumulating", retracts: false),
        new TriggerPanes("triggers-retracting", retracts: true),
        new RxStages(),
        new RxKeyed("rx-keyed-1k", 1_000, 8_000_000),
        new RxKeyed("rx-keyed-1m", 1_000_000, 2_000_000),
        new AkkaStages(),
        new AkkaKeyed("akka-keyed-1k", 1_000, 8_000_000, groups: true),
        new AkkaKeyed("akka-keyed-1m", 1_000_000, 12_000_000, groups: false),
        new FlowBenchmark(),
        new LinkBenchmark("link", "streams", "Akka.Streams TCP, frames of 1,024 rows", 3, 20_480_000, withVariant: true),
        new LinkBenchmark("link-remote", "remote", "Akka.Remote, arrays of 1,024 rows", 5, 8_192_000),
        new TwoNodes(),
        new FailOver(),
        new ExchangeLatency(),
        new StartLatency(),
        new Recovery.Recovery(),
        new RecoverAkka(),
        new SketchUpdates(),
        new AdaptiveUpdates(),
        new JsonRows(),
        new CsvRows(),
        new TopicRoundTrip(),
        new Capture.TableCapture(),
        CepPatterns.Three,
        CepPatterns.Window,
        CepPatterns.Logins,
        CepPatterns.Kleene,
        new CepRules(),
        new CepState(),
        new Joins.EnrichLarge(),
        new Joins.IntervalJoins(),
        new Joins.TableJoins(),
        new Joins.TopRows(),
        new Joins.ViewReads(),
    ];

    public static IEnumerable<IBenchmark> Benchmarks => Baselines.OfType<IBenchmark>();
}
