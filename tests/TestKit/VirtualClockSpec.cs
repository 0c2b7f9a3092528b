namespace ActorStreams.TestKit.Tests;

public sealed class VirtualClockSpec
{
    private readonly VirtualClock _clock = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Timers_fire_in_the_order_of_their_time_and_see_it()
    {
        Set("late", seconds: 3);
        Set("early", seconds: 1);
        Set("middle", seconds: 2);
        Set("middle, set after", seconds: 2);

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["early at 1", "middle at 2", "middle, set after at 2"], _fired);

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("late at 3", _fired[^1]);
        Assert.Equal(TimeSpan.FromSeconds(4), _clock.Elapsed);
    }

    [Fact]
    public void A_timer_that_was_changed_or_disposed_does_not_fire_at_its_old_time()
    {
        ITimer changed = Set("changed", seconds: 1), disposed = Set("disposed", seconds: 1);
        changed.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        disposed.Dispose();

        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(_fired);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["changed at 5"], _fired);
        Assert.False(disposed.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void A_periodic_timer_fires_at_every_period_of_a_long_advance()
    {
        using ITimer timer = _clock.CreateTimer(_ => _fired.Add($"at {_clock.Elapsed.TotalSeconds}"), null, TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(["at 1", "at 3", "at 5"], _fired);
    }

    [Fact]
    public void A_jump_of_the_time_of_day_moves_no_timer_and_no_timestamp()
    {
        Set("timer", seconds: 2);
        long before = _clock.GetTimestamp();

        _clock.Jump(TimeSpan.FromHours(-5));

        Assert.Equal(_clock.Start.AddHours(-5), _clock.GetUtcNow());
        Assert.Equal(before, _clock.GetTimestamp());
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["timer at 2"], _fired);
    }

    [Fact]
    public void Without_timers_there_is_nothing_to_advance_to()
    {
        Assert.False(_clock.AdvanceToNextTimer());
        Set("only", seconds: 90);
        Assert.True(_clock.AdvanceToNextTimer());
        Assert.False(_clock.AdvanceToNextTimer());
        Assert.Equal(TimeSpan.FromSeconds(90), _clock.Elapsed);
    }

    private ITimer Set(string name, int seconds) =>
        _clock.CreateTimer(_ => _fired.Add($"{name} at {_clock.Elapsed.TotalSeconds}"), null, TimeSpan.FromSeconds(seconds),
            Timeout.InfiniteTimeSpan);
}
