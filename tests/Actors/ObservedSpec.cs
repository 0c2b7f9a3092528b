using System.Collections.Concurrent;
using ActorStreams.Authoring;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using static ActorStreams.Actors.Tests.CopyingJobs;

namespace ActorStreams.Actors.Tests;

/// <summary>What an ActorSystem hears of the jobs in it: what they tell, and nothing else.</summary>
public sealed class ObservedSpec
{
    [Fact]
    public async Task A_notice_that_nobody_takes_is_a_line_of_the_systems_log_and_an_event_of_its_stream()
    {
        ActorSystem system = NewSystem("akka.loglevel = WARNING");
        (Task<JobNotice> noticed, Task<Warning> logged) = (NextAsync<JobNotice>(system), NextAsync<Warning>(system));
        var numbers = new Numbers();
        numbers.End(1);
        int failures = 0;
        await using (Job job = await Job.StartAsync(
            Copying(numbers, n => failures++ == 0 ? throw new IOException("no paper") : n), Store.InMemory(),
            new JobOptions { System = system, Restart = new RestartPolicy(1, TimeSpan.Zero, TimeSpan.Zero) }).WaitAsync(Limits.Test))
            await job.Completion.WaitAsync(Limits.Test);

        JobNotice notice = await noticed.WaitAsync(Limits.Test);
        Assert.Equal(("copying", JobNoticeKind.Restarting), (notice.Pipeline, notice.Kind));
        Warning line = await logged.WaitAsync(Limits.Test);
        Assert.Equal((notice.Message, "actorstreams", notice.Error), (line.Message.ToString(), line.LogSource.Split(' ')[0], line.Cause));
        await system.Terminate();
    }

    [Fact]
    public async Task A_job_that_keeps_its_state_in_a_file_of_its_own_says_where()
    {
        ActorSystem system = NewSystem("akka.loglevel = INFO");
        string folder = Directory.CreateTempSubdirectory("actors").FullName;
        Task<JobNotice> noticed = NextAsync<JobNotice>(system);
        var numbers = new Numbers();
        numbers.End(1);
        await using (Job job = await system.ActorStreams().StartAsync(Copying(numbers), new JobOptions { StateFolder = folder })
            .WaitAsync(Limits.Test))
            await job.Completion.WaitAsync(Limits.Test);

        Assert.Contains(Path.Combine(folder, "copying.db"), (await noticed.WaitAsync(Limits.Test)).Message, StringComparison.Ordinal);
        await system.Terminate();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Jobs_that_run_fail_restart_and_end_leave_no_dead_letters_and_nothing_unhandled()
    {
        ActorSystem system = NewSystem("akka.log-dead-letters-during-shutdown = on");
        var seen = new ConcurrentQueue<object>();
        IActorRef listener = system.ActorOf(Props.Create<Listener>(seen));
        system.EventStream.Subscribe(listener, typeof(DeadLetter));
        system.EventStream.Subscribe(listener, typeof(UnhandledMessage));
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        Job job = await Job.StartAsync(Copying(numbers), store, Quick with { System = system }).WaitAsync(Limits.Test);
        await numbers.ToAsync(100);
        system.ActorSelection("/user/actorstreams/copying/*").Tell(PoisonPill.Instance);
        await numbers.ToAsync(200);
        await job.StopAsync().WaitAsync(Limits.Test);
        await job.DisposeAsync();
        Assert.Equal(UpTo(300), await RestOfAsync(numbers, 300, store, system));
        await using Job killed = await Job.StartAsync(Copying(new Numbers()), Store.Volatile, Quick with { System = system })
            .WaitAsync(Limits.Test);
        await system.ActorStreams().ActorOf(killed).GracefulStop(Limits.Test);

        await Assert.ThrowsAsync<JobException>(() => killed.Completion.WaitAsync(Limits.Test));
        await listener.GracefulStop(Limits.Test);   // it has heard all
        Assert.Empty(seen);
        await system.Terminate();
    }

    [Fact]
    public async Task Rows_epochs_and_restarts_do_not_wait_for_the_ticks_of_the_systems_scheduler()
    {
        ActorSystem system = NewSystem($"""
            akka.scheduler.implementation = "{typeof(StoppedScheduler).FullName}, {typeof(StoppedScheduler).Assembly.GetName().Name}"
            """);
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        int failures = 0;
        await using (Job job = await Job.StartAsync(
            Copying(numbers, n => n == 50 && failures++ == 0 ? throw new IOException("again") : n), store,
            Quick with { System = system, Restart = new RestartPolicy(1, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)) })
            .WaitAsync(Limits.Test))
        {
            await numbers.ToAsync(100);
            numbers.End(100);
            await job.Completion.WaitAsync(Limits.Test);
            Assert.Equal(1, job.Restarts);
        }

        await system.Terminate().WaitAsync(Limits.Test);
    }

    [Fact]
    public async Task The_extension_may_be_named_in_the_configuration()
    {
        ActorSystem system = NewSystem("akka.extensions = [\"ActorStreams.ActorStreamsProvider, ActorStreams.Actors\"]");
        Assert.True(system.HasExtension<ActorStreamsExtension>());
        await system.Terminate();
    }

    /// <summary>The next event of a kind in the system's stream.</summary>
    private static Task<T> NextAsync<T>(ActorSystem system)
    {
        var next = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.EventStream.Subscribe(system.ActorOf(Props.Create<First<T>>(next)), typeof(T));
        return next.Task;
    }

    private sealed class First<T>(TaskCompletionSource<T> next) : UntypedActor
    {
        protected override void OnReceive(object message) => next.TrySetResult((T)message);
    }

    private sealed class Listener(ConcurrentQueue<object> seen) : UntypedActor
    {
        protected override void OnReceive(object message) => seen.Enqueue(message);
    }

    /// <summary>A scheduler that never ticks.</summary>
    public sealed class StoppedScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
    {
        public override TimeSpan MonotonicClock => TimeSpan.Zero;

        public override TimeSpan HighResMonotonicClock => TimeSpan.Zero;

        protected override DateTimeOffset TimeNow => DateTimeOffset.UnixEpoch;

        protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender,
            ICancelable cancelable)
        {
        }

        protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message,
            IActorRef sender, ICancelable cancelable)
        {
        }

        protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable)
        {
        }

        protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable)
        {
        }

        protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable)
        {
        }

        protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action,
            ICancelable cancelable)
        {
        }
    }
}
