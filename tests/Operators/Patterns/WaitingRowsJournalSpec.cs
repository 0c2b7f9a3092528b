using ActorStreams.Authoring;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>Rows that wait for their turn are journaled when they come; once they have had it they are not read back, wherever a barrier
/// cuts in.</summary>
public sealed class WaitingRowsJournalSpec
{
    private const long Step = 1_000;

    private readonly ShardRange _shards = new ShardMap(1).RangeOf(0, 1);
    private readonly List<JournalEvent> _written = [];
    private long _epoch;

    [Fact]
    public void Rows_that_wait_are_read_back()
    {
        RowBuckets<int> rows = Waiting(10, 20, 1_010);
        EndEpoch(rows);

        Assert.Equal([10, 20, 1_010], Left(Restored()));
    }

    [Fact]
    public void A_barrier_that_cuts_in_within_a_step_leaves_the_rows_that_have_not_had_their_turn()
    {
        RowBuckets<int> rows = Waiting(10, 20, 1_010);
        EndEpoch(rows);
        rows.Peek(Step);

        rows.DoneTo(1);
        EndEpoch(rows);

        Assert.Equal([20, 1_010], Left(Restored()));
    }

    [Fact]
    public void A_barrier_that_cuts_in_behind_the_last_row_of_a_step_leaves_none_of_it()
    {
        RowBuckets<int> rows = Waiting(10, 20, 1_010);
        EndEpoch(rows);
        rows.Peek(Step);

        rows.DoneTo(2);
        EndEpoch(rows);

        Assert.Equal([1_010], Left(Restored()));
    }

    [Fact]
    public void The_same_holds_for_the_last_row_of_all()
    {
        RowBuckets<int> rows = Waiting(10);
        EndEpoch(rows);
        rows.Peek(EventTime.MaxValue);

        rows.DoneTo(1);
        EndEpoch(rows);

        Assert.Empty(Left(Restored()));
    }

    [Fact]
    public void Rows_that_came_and_had_their_turn_in_one_epoch_are_never_written()
    {
        RowBuckets<int> rows = Waiting(10, 20);
        rows.Peek(Step);
        rows.DoneTo(2);
        EndEpoch(rows);

        Assert.Empty(Left(Restored()));
    }

    private static int[] Left(RowBuckets<int> rows) => [.. rows.InOrderOfArrival().Select(row => row.Row)];

    /// <summary>Rows whose event times are themselves.</summary>
    private RowBuckets<int> Waiting(params int[] times)
    {
        RowBuckets<int> rows = Empty();
        foreach (int time in times)
            rows.Add(new Chunk<int>([time], [time]), [_shards.HashOf(0)], 0, 1);
        return rows;
    }

    private RowBuckets<int> Empty() => RowBuckets<int>.Of(_shards, static _ => 0, Step, withPositions: false);

    private void EndEpoch(RowBuckets<int> rows)
    {
        var writer = new ShardBlobWriter();
        rows.BeginJournal();
        if (rows.HasChanges(0))
        {
            writer.Begin(_written, "op", 0, ++_epoch, false);
            writer.BeginSection(rows.Name, 1);
            rows.WriteChanges(0, writer);
            writer.EndSection();
            writer.End();
        }

        rows.EndJournal();
    }

    private RowBuckets<int> Restored()
    {
        RowBuckets<int> rows = Empty();
        foreach (JournalEvent one in _written)
            ShardBlob.Read("test", one,
                (string _, string _, ref BlobReader records) => rows.Restore(0, one.IsSnapshot, ref records, rows.Schema));
        return rows;
    }
}
