using ActorStreams.Authoring;
using Akka.Actor;
using static ActorStreams.Actors.Tests.CopyingJobs;

namespace ActorStreams.Actors.Tests;

/// <summary>A job that restarts for hours leaves nothing behind: no actor, no timer, no reader, no memory.</summary>
public sealed class ThousandRestartsSpec
{
    private const int Attempts = 1000;

    [Fact]
    public async Task A_thousand_attempts_leave_no_actor_timer_or_reader()
    {
        ActorSystem system = NewSystem();
        var clock = new CountingClock();
        (Numbers numbers, MemoryStore store) = (new Numbers(), Store.InMemory());
        (int failures, int restarts) = (0, 0);
        var restarted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Job job = await Job.StartAsync(
            Copying(numbers, n => n == 50 && failures++ < Attempts ? throw new IOException("again") : n), store,
            Quick with
            {
                System = system,
                Clock = clock,
                EpochInterval = TimeSpan.FromHours(1),
                Restart = new RestartPolicy(int.MaxValue, TimeSpan.Zero, TimeSpan.Zero),
                OnNotice = _ =>
                {
                    if (++restarts == Attempts)
                        restarted.TrySetResult();
                },
            }).WaitAsync(Limits.Test);
        ActorRefWithCell actor = (ActorRefWithCell)system.ActorStreams().ActorOf(job);
        int children = actor.Children.Count();

        await numbers.ToAsync(40);
        await job.CommitAsync().WaitAsync(Limits.Test);                 // every actor has begun, and has the timers that it keeps
        (int timers, long epoch) = (clock.Timers, job.Epoch);
        await numbers.ToAsync(100);
        await restarted.Task.WaitAsync(Limits.Test);
        while (job.Epoch == epoch)
        {
            await Task.WhenAny(job.CommitAsync()).WaitAsync(Limits.Test);   // fails with the attempt that it asks
        }

        Assert.Equal((Attempts, Attempts), (failures - 1, job.Restarts));
        Assert.Equal(children, actor.Children.Count());
        Assert.Equal(timers, clock.Timers);
        Assert.Equal(1, numbers.Open);
        Assert.Equal(Attempts + 1, numbers.Readers.Count);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.InRange(numbers.Readers.Count(reader => reader.IsAlive), 1, 3);

        await job.DisposeAsync();
        Assert.Equal(0, numbers.Open);
        Assert.Equal(0, clock.Timers);
        await actor.WatchAsync().WaitAsync(Limits.Test);
        Assert.Equal(UpTo(100), store.ReadTable("numbers").Select(row => (long)row[0]!).Order());
        await system.Terminate();
    }

    [Fact]
    public async Task A_thousand_jobs_leave_no_actor_in_their_system()
    {
        ActorSystem system = NewSystem();
        for (int i = 0; i < Attempts; i++)
        {
            var numbers = new Numbers();
            numbers.End(1);
            await using Job job = await Job.StartAsync(Copying(numbers), Store.Volatile, Quick with { System = system, Parallelism = 1 })
                .WaitAsync(Limits.Test);
            await job.Completion.WaitAsync(Limits.Test);
        }

        Assert.Empty(system.ActorStreams().Jobs.All);
        var jobs = (ActorRefWithCell)await system.ActorSelection("/user/actorstreams").ResolveOne(Limits.Test);
        Assert.Empty(jobs.Children);
        await system.Terminate();
    }

    /// <summary>The system's clock, which counts the timers that nobody has disposed of.</summary>
    private sealed class CountingClock : TimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _timers);
            return new Counted(this, System.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class Counted(CountingClock clock, ITimer timer) : ITimer
        {
            private int _isDisposed;

            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                    Interlocked.Decrement(ref clock._timers);
                timer.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
