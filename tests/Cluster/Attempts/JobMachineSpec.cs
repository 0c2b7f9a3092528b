using ActorStreams.Cluster.Attempts;
using ActorStreams.Cluster.Links;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Attempts;

/// <summary>The nodes of one attempt, from the first claim to the end.</summary>
public sealed class JobMachineSpec
{
    private static readonly AttemptNode s_one = Node("one"), s_two = Node("two");

    private readonly JobMachine _machine = new(attempt: 7, instances: 3);

    private static AttemptNode Node(string name) => new(name, new LinkAddress("127.0.0.1", 1), ActorRefs.Nobody);

    [Fact]
    public void Nodes_are_opened_when_every_instance_is_found()
    {
        _machine.OnClaimed(7, 0, s_one);
        _machine.OnClaimed(7, 1, s_two);
        Assert.Equal(AttemptStep.Wait, _machine.Next());

        _machine.OnClaimed(7, 2, s_two);

        Assert.Equal([AttemptStep.Open, AttemptStep.Wait], [_machine.Next(), _machine.Next()]);
        Assert.Equal([s_one, s_two, s_two], _machine.Places);
    }

    [Fact]
    public void It_begins_when_all_nodes_are_open()
    {
        Claim();
        _machine.OnOpened(7, "one");
        _machine.OnOpened(7, "one");
        Assert.Equal(AttemptStep.Wait, _machine.Next());

        _machine.OnOpened(7, "two");

        Assert.Equal([AttemptStep.Begin, AttemptStep.Wait], [_machine.Next(), _machine.Next()]);
    }

    [Fact]
    public void What_another_attempt_tells_changes_nothing()
    {
        _machine.OnClaimed(6, 0, s_one);
        _machine.OnClaimed(8, 1, s_one);
        Assert.All(_machine.Places, Assert.Null);
        Claim();

        _machine.OnOpened(6, "one");
        _machine.OnOpened(6, "two");
        _machine.OnFailed(6, "one", FailureKind.Ordinary, "of before");
        _machine.OnFailed(7, "three", FailureKind.Ordinary, "it has no part");

        Assert.Equal(AttemptStep.Wait, _machine.Next());
        Assert.Null(_machine.Failure);
    }

    [Fact]
    public void What_a_node_has_said_before_it_was_lost_may_come_later_and_does_not_count()
    {
        _machine.OnClaimed(7, 0, s_one);
        _machine.OnLost("two");

        _machine.OnClaimed(7, 1, s_two);
        _machine.OnClaimed(7, 2, s_two);

        Assert.Equal(AttemptStep.Wait, _machine.Next());
        Assert.Equal([s_one, null, null], _machine.Places);
    }

    [Fact]
    public void A_later_attempt_of_another_coordinator_ends_it_whoever_tells()
    {
        _machine.OnFailed(7, "three", FailureKind.Overtaken, "attempt 8 is there");

        Assert.Equal(AttemptStep.Fail, _machine.Next());
        Assert.Equal((FailureKind.Overtaken, "attempt 8 is there"), _machine.Failure);
    }

    [Fact]
    public void A_node_that_is_lost_while_instances_are_found_is_asked_for_again()
    {
        _machine.OnClaimed(7, 0, s_one);
        _machine.OnClaimed(7, 1, s_two);

        _machine.OnLost("one");

        Assert.Null(_machine.Places[0]);
        _machine.OnClaimed(7, 2, s_two);
        Assert.Equal(AttemptStep.Wait, _machine.Next());
        _machine.OnClaimed(7, 0, s_two);
        Assert.Equal(AttemptStep.Open, _machine.Next());
        Assert.Equal(["two"], _machine.Nodes.Select(node => node.Name));
    }

    [Fact]
    public void A_node_that_is_lost_later_is_the_end_of_the_attempt()
    {
        Claim();

        _machine.OnLost("two");

        Assert.Equal([AttemptStep.Fail, AttemptStep.Wait], [_machine.Next(), _machine.Next()]);
        Assert.Contains("'two' is gone", _machine.Failure!.Value.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_failure_is_the_cause()
    {
        Claim();

        _machine.OnFailed(7, "two", FailureKind.SourceLost, "the cause");
        _machine.OnFailed(7, "one", FailureKind.Ordinary, "what followed");

        Assert.Equal((FailureKind.SourceLost, "the cause"), _machine.Failure);
    }

    [Fact]
    public void It_has_ended_when_every_node_has_said_so_or_is_lost()
    {
        Claim();
        _machine.OnEnd();
        _machine.OnEnded(7, "one");
        Assert.Equal(AttemptStep.Wait, _machine.Next());

        _machine.OnLost("two");

        Assert.Equal(AttemptStep.Ended, _machine.Next());
    }

    [Fact]
    public void A_node_that_does_not_answer_is_not_waited_for_for_ever()
    {
        Claim();
        _machine.OnEnd();
        _machine.OnEnded(7, "one");
        Assert.Equal(["two"], _machine.NotEnded);

        _machine.OnPatienceOver();

        Assert.Equal(AttemptStep.Ended, _machine.Next());
    }

    [Fact]
    public void An_attempt_that_no_node_was_told_of_ends_at_once()
    {
        _machine.OnClaimed(7, 0, s_one);

        _machine.OnEnd();

        Assert.Equal(AttemptStep.Ended, _machine.Next());
    }

    private void Claim()
    {
        _machine.OnClaimed(7, 0, s_one);
        _machine.OnClaimed(7, 1, s_two);
        _machine.OnClaimed(7, 2, s_two);
        Assert.Equal(AttemptStep.Open, _machine.Next());
    }
}
