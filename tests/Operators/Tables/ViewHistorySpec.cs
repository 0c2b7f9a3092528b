using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>How long a view remembers what its epochs changed: by time, by bytes, and only if somebody may come back.</summary>
public sealed class ViewHistorySpec
{
    private readonly StandingClock _clock = new();
    private readonly ViewHistory<string, string> _history;

    public ViewHistorySpec() => _history = new ViewHistory<string, string>(_clock);

    [Fact]
    public void Epochs_are_remembered_for_ten_minutes_however_many()
    {
        for (int epoch = 1; epoch <= 2_000; epoch++)
            Add(epoch, "row");
        Assert.Equal(1_999, _history.Since(1)!.Count);

        _clock.Now += ViewHistory<string, string>.KeptFor;
        Add(2_001, "row");
        Assert.Equal(2_000, _history.Since(1)!.Count);
        _clock.Now += TimeSpan.FromTicks(1);
        Add(2_002, "row");
        Assert.Null(_history.Since(1_999));
        Assert.Equal(2, _history.Since(2_000)!.Count);
    }

    [Fact]
    public void Large_rows_are_forgotten_earlier_and_the_last_epoch_never()
    {
        string large = new('x', 20 << 20);
        for (int epoch = 1; epoch <= 4; epoch++)
            Add(epoch, large);
        Assert.Null(_history.Since(0));
        Assert.Equal(3, _history.Since(1)!.Count);
        Add(5, new string('x', 70 << 20));
        Assert.Null(_history.Since(3));
        Assert.Single(_history.Since(4)!);
    }

    [Fact]
    public void What_is_not_known_ends_what_is_remembered_and_a_quiet_epoch_is_nothing()
    {
        Add(1, "row");
        _history.Add(2, []);
        Assert.Equal(1, _history.Since(0)!.Single().Epoch);
        Assert.Empty(_history.Since(1)!);
        _history.Add(3, null);
        Assert.Null(_history.Since(2));
        Assert.Empty(_history.Since(3)!);
    }

    [Fact]
    public void Nothing_is_kept_unless_somebody_observes_or_has_ten_minutes_ago()
    {
        Assert.False(_history.IsKept);
        _history.AddObserver();
        _clock.Now += TimeSpan.FromHours(1);
        Assert.True(_history.IsKept);
        _history.RemoveObserver();
        _clock.Now += ViewHistory<string, string>.KeptFor;
        Assert.True(_history.IsKept);
        _clock.Now += TimeSpan.FromTicks(1);
        Assert.False(_history.IsKept);
    }

    private void Add(long epoch, string row) =>
        _history.Add(epoch, [Change<TableRow<string, string>>.Insert(new TableRow<string, string>("key", row))]);

    private sealed class StandingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
