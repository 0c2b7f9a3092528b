using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>How jobs end; a job that does not is a deadlock of the simulation.</summary>
public sealed class JobEndSpec
{
    private readonly TestSource<int> _numbers = new();
    private readonly TestSink<int> _out = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_job_that_waits_for_rows_can_be_disposed(int parallelism)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var scheduler = new SimulationScheduler(seed);
            Job job = Start(scheduler, parallelism);
            scheduler.RunReady();

            scheduler.Run(() => job.DisposeAsync().AsTask());

            Assert.True(job.Completion.IsCanceled);
        }
    }

    [Fact]
    public void A_job_can_be_disposed_between_any_two_steps_even_while_it_restarts()
    {
        for (int steps = 0; steps < 120; steps++)
        {
            var scheduler = new SimulationScheduler((ulong)steps);
            var numbers = new TestSource<int>().Element(1, at: "12:00").Element(0, at: "12:00");
            Job job = Start(scheduler, 2, numbers);
            for (int step = 0; step < steps; step++)
                scheduler.Step();

            scheduler.Run(() => job.DisposeAsync().AsTask());

            Assert.True(job.Completion.IsCompleted);
        }
    }

    [Fact]
    public void A_stopped_job_has_committed_what_it_read()
    {
        var scheduler = new SimulationScheduler(seed: 3);
        Job job = Start(scheduler, 2);
        _numbers.Element(1, at: "12:00").Element(2, at: "12:01");
        scheduler.RunReady();

        scheduler.Run(job.StopAsync);

        Assert.Equal([10, 5], _out.Committed);
        Assert.True(job.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_question_to_a_job_that_has_ended_is_answered_by_an_error()
    {
        var scheduler = new SimulationScheduler(seed: 4);
        var pipeline = Pipeline.Create("counting");
        pipeline.Read("numbers", _numbers).KeyBy(number => number)
            .EventSourced<int, int>("counts", decide: (count, _) => [count + 1], apply: (_, count) => count).Write("out", _out);
        Job job = scheduler.Run(() => Job.StartAsync(pipeline, null, new JobOptions().On(scheduler)));
        scheduler.Run(() => job.DisposeAsync().AsTask());

        Assert.Throws<JobException>(() => scheduler.Run(() => job.Entity<int, int>(new("counts"), 1).AskAsync()));
    }

    private Job Start(SimulationScheduler scheduler, int parallelism, TestSource<int>? numbers = null)
    {
        var pipeline = Pipeline.Create("numbers");
        pipeline.Read("numbers", numbers ?? _numbers).Map(number => 10 / number).Write("out", numbers is null ? _out : new TestSink<int>());
        var options = new JobOptions
        {
            Parallelism = parallelism,
            Restart = RestartPolicy.BackOff,
            MaxEventTimeAhead = null
        }.On(scheduler);
        return scheduler.Run(() => Job.StartAsync(pipeline, new SimulatedStore(new SimulatedDisk()), options));
    }
}
