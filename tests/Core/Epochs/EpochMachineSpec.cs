using ActorStreams.Core.Epochs;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Tests.Epochs;

/// <summary>What an attempt does for its epochs, event by event: two instances, the first of them a source.</summary>
public sealed class EpochMachineSpec
{
    private const long Attempt = 7;

    private readonly EpochMachine _machine = Machine();

    [Fact]
    public void An_epoch_begins_when_it_is_due_is_committed_when_all_have_reported_and_ends_when_all_were_told()
    {
        Assert.Equal(EpochStep.Wait, Next());
        _machine.OnDue();
        Assert.Equal(EpochStep.Begin, Next());
        Assert.Equal(BarrierKind.Periodic, _machine.Kind);
        Assert.Equal(EpochStep.Wait, Next());
        Assert.True(Report(0, epoch: 4));
        Assert.Equal(EpochStep.Wait, Next());
        Assert.True(Report(1, epoch: 4));
        Assert.Equal(EpochStep.Commit, Next());
        Assert.Equal(EpochStep.Wait, Next());
        Assert.Equal(3, _machine.Committed);
        _machine.OnStored();
        Assert.Equal(4, _machine.Committed);
        Assert.Equal(EpochStep.Tell, Next());
        Assert.Equal(EpochStep.Wait, Next());
        _machine.OnTold(Attempt);
        Assert.Equal(EpochStep.Acknowledge, Next());
        Assert.Equal(EpochStep.Wait, Next());
        _machine.OnTold(Attempt);
        Assert.Equal(EpochStep.Finish, Next());
        Assert.Equal(EpochStep.Wait, Next());
    }

    [Fact]
    public void What_is_due_while_an_epoch_is_on_its_way_comes_after_it()
    {
        _machine.OnDue();
        Next();
        _machine.OnDue();
        Assert.Equal(EpochStep.Wait, Next());
        Commit(epoch: 4);
        Assert.Equal(EpochStep.Begin, Next());
    }

    [Fact]
    public void What_another_attempt_reports_is_not_taken()
    {
        _machine.OnDue();
        Next();
        Assert.False(_machine.OnReport(Attempt - 1, 0, new EpochReport(4, isVolatile: false)));
        Assert.True(Report(1, epoch: 4));
        Assert.Equal(EpochStep.Wait, Next());
        _machine.OnSourceEnded(Attempt - 1, 0);
        Assert.False(_machine.AreSourcesEnded);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_report_of_another_epoch_is_not_taken(long epoch)
    {
        _machine.OnDue();
        Next();
        Assert.False(Report(0, epoch));
    }

    [Fact]
    public void A_report_that_comes_twice_or_before_it_was_asked_for_counts_once_or_not_at_all()
    {
        Assert.False(Report(0, epoch: 4));
        _machine.OnDue();
        Next();
        Assert.True(Report(0, epoch: 4));
        Assert.False(Report(0, epoch: 4));
        Assert.Equal(EpochStep.Wait, Next());
    }

    [Fact]
    public void A_job_that_is_stopped_commits_one_last_epoch()
    {
        _machine.OnStop();
        Assert.Equal(EpochStep.Begin, Next());
        Assert.Equal(BarrierKind.Stop, _machine.Kind);
        Commit(epoch: 4, EpochStep.End);
        Assert.Equal(EpochStep.Wait, Next());
    }

    [Theory]
    [InlineData(false, BarrierKind.End)]
    [InlineData(true, BarrierKind.CaughtUp)]
    public void When_all_sources_have_ended_one_epoch_more_ends_the_attempt(bool isAvailableNow, object kind)
    {
        EpochMachine machine = Machine(isAvailableNow: isAvailableNow);
        machine.OnSourceEnded(Attempt, 0);
        machine.OnSourceEnded(Attempt, 0);
        Assert.Equal(EpochStep.Begin, machine.Next(wantsEpoch: false));
        Assert.Equal(kind, machine.Kind);
    }

    [Fact]
    public void Work_that_is_left_open_when_the_sources_have_ended_gets_epochs_until_it_is_done()
    {
        EpochMachine machine = Machine(mayHaveOpenWork: true);
        machine.OnSourceEnded(Attempt, 0);
        Assert.Equal(EpochStep.Wait, machine.Next(wantsEpoch: false));
        Assert.Equal(EpochStep.Begin, machine.Next(wantsEpoch: true));
        Assert.Equal(BarrierKind.Periodic, machine.Kind);
        machine.OnReport(Attempt, 0, new EpochReport(4, isVolatile: false));
        machine.OnReport(Attempt, 1, new EpochReport(4, isVolatile: false) { HasOpenWork = false });
        Assert.Equal(EpochStep.Commit, machine.Next(wantsEpoch: false));
        machine.OnStored();
        Assert.Equal(EpochStep.Tell, machine.Next(wantsEpoch: false));
        machine.OnTold(Attempt);
        Assert.Equal(EpochStep.Acknowledge, machine.Next(wantsEpoch: false));
        machine.OnTold(Attempt);
        Assert.Equal(EpochStep.Finish, machine.Next(wantsEpoch: false));
        Assert.Equal(EpochStep.Begin, machine.Next(wantsEpoch: false));
        Assert.Equal(BarrierKind.End, machine.Kind);
    }

    private static EpochMachine Machine(bool mayHaveOpenWork = false, bool isAvailableNow = false) =>
        new(Attempt, committed: 3, instances: 2, sources: 1, mayHaveOpenWork, isAvailableNow);

    private EpochStep Next() => _machine.Next(wantsEpoch: false);

    private bool Report(int instance, long epoch) => _machine.OnReport(Attempt, instance, new EpochReport(epoch, isVolatile: false));

    private void Commit(long epoch, EpochStep last = EpochStep.Finish)
    {
        Report(0, epoch);
        Report(1, epoch);
        Assert.Equal(EpochStep.Commit, Next());
        _machine.OnStored();
        Assert.Equal(EpochStep.Tell, Next());
        _machine.OnTold(Attempt);
        Assert.Equal(EpochStep.Acknowledge, Next());
        _machine.OnTold(Attempt);
        Assert.Equal(last, Next());
    }
}
