using ActorStreams.Authoring;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Options;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Tests.EventSourcing;

public sealed class RegionJournalSpec
{
    private static readonly ShardRange s_shards = new ShardMap(16).RangeOf(0, 2);

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(250_000)]
    [InlineData(100_000_000)]
    public void Every_shard_is_written_once_an_epoch_wherever_the_budget_of_snapshots_runs_out(long budgetBytes)
    {
        var state = new Counting();
        var journal = new RegionJournal("pipeline", "operator", s_shards, [state],
            SnapshotPolicy.Default with { BudgetBytes = budgetBytes });
        var snapshots = new HashSet<int>();
        for (int epoch = 1; epoch <= 40; epoch++)
        {
            state.Written.Clear();
            var report = new EpochReport(epoch, isVolatile: false);
            journal.Write(report);

            Assert.Equal(Enumerable.Range(s_shards.First, s_shards.Count), state.Written.Order());
            Assert.Equal(s_shards.Count, report.Events.Select(entry => entry.Shard).Distinct().Count());
            Assert.All(report.Events.GroupBy(entry => entry.Shard),
                parts => Assert.Single(parts.Select(part => part.IsSnapshot).Distinct()));
            snapshots.UnionWith(report.Events.Where(entry => entry.IsSnapshot).Select(entry => entry.Shard));
        }

        Assert.Equal(s_shards.Count, snapshots.Count);
    }

    private sealed class Counting : IShardedState
    {
        private readonly byte[] _record = new byte[50_000];

        public List<int> Written { get; } = [];

        public string Name => "state";

        public Schema Schema { get; } = new("bytes");

        public void BeginJournal()
        {
        }

        public bool HasChanges(int shard) => true;

        public void WriteChanges(int shard, ShardBlobWriter writer) => Write(shard, writer);

        public void WriteSnapshot(int shard, ShardBlobWriter writer) => Write(shard, writer);

        public void EndJournal()
        {
        }

        public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written) => records.Take(records.Remaining);

        private void Write(int shard, ShardBlobWriter writer)
        {
            Written.Add(shard);
            writer.Out.WriteBytes(_record);
            writer.EndRecord();
        }
    }
}
