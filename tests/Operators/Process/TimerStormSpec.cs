using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Process;

/// <summary>One watermark that fires very many timers: epochs commit in between, and a crash in between repeats and loses none.</summary>
public sealed class TimerStormSpec
{
    private const int Timers = 300_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task A_barrier_cuts_in_and_a_crash_in_between_loses_and_repeats_nothing(int parallelism) =>
        new WatermarkStorm(Timers, Timers, Fire).LosesAndRepeatsNothingAsync(parallelism);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task A_barrier_cuts_in_though_the_sink_takes_everything(int parallelism) =>
        new WatermarkStorm(Timers, Timers, Fire).IsCutThoughNothingHoldsItBackAsync(parallelism);

    private static Stream<int> Fire(Stream<int> rows) => rows.KeyBy(n => n).Process("timers", () => new Once());

    private sealed class Once : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
            if (row >= 0)
                context.SetTimer(5_000);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<int, int> context) => context.Emit(context.Key);
    }
}
