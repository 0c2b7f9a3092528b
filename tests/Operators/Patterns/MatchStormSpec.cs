using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>One watermark that lets very many rows be matched: a barrier cuts in, and a crash behind it repeats and loses no
/// match.</summary>
public sealed class MatchStormSpec
{
    private const int Rows = 200_000;

    /// <summary>Rows of one event time, two for each key; no dead letters, so that with one instance there is one actor.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task A_barrier_cuts_into_a_step_of_event_time_and_a_crash_in_between_loses_and_repeats_nothing(int parallelism) =>
        new WatermarkStorm(Rows, Rows / 2, rows => rows.KeyBy(n => n / 2)
            .Match("pairs", Pattern.Begin<int>("a", n => n % 2 == 0).Next("b").Within(TimeSpan.FromSeconds(1))).DropLate()
            .Select(match => match.Key)).LosesAndRepeatsNothingAsync(parallelism);
}
