namespace ActorStreams.TestKit.Tests;

public sealed class SimulationSchedulerSpec
{
    [Fact]
    public void The_seed_decides_the_order_of_steps()
    {
        string[] orders = [.. Enumerable.Range(1, 20).Select(seed => Order((ulong)seed))];

        Assert.True(orders.Distinct().Count() > 10);
        Assert.Equal(orders, Enumerable.Range(1, 20).Select(seed => Order((ulong)seed)));
    }

    [Fact]
    public void Equal_seeds_leave_equal_traces_and_others_do_not()
    {
        Assert.Equal(Trace(5), Trace(5));
        Assert.NotEqual(Trace(5), Trace(6));
    }

    [Fact]
    public void Delays_take_no_time_at_all()
    {
        var scheduler = new SimulationScheduler(seed: 1);

        scheduler.Run(() => Task.Delay(TimeSpan.FromHours(20), scheduler.Clock));

        Assert.Equal(TimeSpan.FromHours(20), scheduler.Clock.Elapsed);
    }

    [Fact]
    public void A_run_that_waits_for_what_never_comes_is_a_deadlock()
    {
        var scheduler = new SimulationScheduler(seed: 1);

        var error = Assert.Throws<SimulationException>(() => scheduler.Run(() => new TaskCompletionSource().Task));

        Assert.StartsWith("Deadlock: nothing is ready, no timer is set", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_takes_too_long_says_so()
    {
        var scheduler = new SimulationScheduler(seed: 1);
        Task<bool> never = scheduler.Start<bool>(async () =>
        {
            while (true)
                await Task.Delay(TimeSpan.FromSeconds(1), scheduler.Clock);
        });

        var error = Assert.Throws<SimulationException>(() => scheduler.RunUntil(() => never.IsCompleted, within: TimeSpan.FromMinutes(1)));

        Assert.Contains("not done after 00:01:00 of virtual time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_that_comes_back_from_another_thread_fails_the_run()
    {
        var scheduler = new SimulationScheduler(seed: 1);
        var source = new TaskCompletionSource();
        scheduler.Start(async () =>
        {
            await source.Task;
            return true;
        });
        scheduler.RunReady();

        var thread = new Thread(source.SetResult);
        thread.Start();
        thread.Join();

        var error = Assert.Throws<SimulationException>(() => scheduler.Step());
        Assert.StartsWith("A continuation was queued on thread", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_process_does_not_even_run_its_finally()
    {
        var scheduler = new SimulationScheduler(seed: 1);
        SimulationScheduler other = scheduler.NewProcess();
        List<string> done = [];
        scheduler.Start(() => WorkAsync("killed"));
        other.Start(() => WorkAsync("alive"));
        scheduler.RunReady();

        scheduler.Kill();
        while (other.Step())
        {
        }

        Assert.Equal(["alive"], done);

        async Task<bool> WorkAsync(string name)
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), scheduler.Clock);
            }
            finally
            {
                done.Add(name);
            }

            return true;
        }
    }

    private static string Order(ulong seed)
    {
        var order = new List<int>();
        Play(seed, order);
        return string.Join(' ', order);
    }

    private static ulong Trace(ulong seed) => Play(seed, []);

    private static ulong Play(ulong seed, List<int> order)
    {
        var scheduler = new SimulationScheduler(seed);
        scheduler.Run(() => Task.WhenAll(Enumerable.Range(0, 5).Select(async number =>
        {
            await Task.Yield();
            order.Add(number);
        })));
        return scheduler.TraceHash;
    }
}
