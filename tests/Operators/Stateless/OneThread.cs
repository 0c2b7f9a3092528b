using System.Collections.Concurrent;

namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>Runs a whole job on the test's own thread, until nothing is left to do: what waits, waits.</summary>
internal sealed class OneThread : TaskScheduler
{
    private readonly ConcurrentQueue<Task> _tasks = new();

    /// <summary>Runs until nothing is left to do; fails if that does not come, because something spins.</summary>
    public void RunUntilIdle()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            int steps = 0;
            while (_tasks.TryDequeue(out Task? task))
            {
                TryExecuteTask(task);
                Assert.True(++steps < 100_000, "The job does not come to rest.");
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public async Task RunToEndAsync(Task end)
    {
        while (!end.IsCompleted)
        {
            RunUntilIdle();
            await Task.Yield();
        }

        await end;
    }

    protected override void QueueTask(Task task) => _tasks.Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _tasks;
}
