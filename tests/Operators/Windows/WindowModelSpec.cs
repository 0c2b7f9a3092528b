using System.Globalization;
using ActorStreams.Operators.Tests.Windows.Model;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>The window operator against a model that keeps every row and computes every pane anew.</summary>
/// <remarks>
/// Random windows, triggers, modes, lateness and inputs: out of order, late, equal times, merges, several keys; output full at random,
/// restarts between steps and within firings. A million cases: <c>ACTORSTREAMS_WINDOW_CASES=1000000 dotnet test -c Release tests/Operators
/// --filter WindowModel</c>.
/// </remarks>
public sealed class WindowModelSpec
{
    private const ulong FirstSeed = 20_260_101;

    [Fact]
    public void Every_random_case_gives_what_the_model_gives()
    {
        int cases = int.Parse(Environment.GetEnvironmentVariable("ACTORSTREAMS_WINDOW_CASES") ?? "30000", CultureInfo.InvariantCulture);
        for (int i = 0; i < cases; i++)
            Check(FirstSeed + (ulong)i);
    }

    /// <summary>Cases behind the first ones that once differed.</summary>
    [Theory]
    [InlineData(20_486_409)]
    public void A_case_that_once_differed_gives_what_the_model_gives(ulong seed) => Check(seed);

    private static void Check(ulong seed)
    {
        var one = new WindowCase(seed);
        if (Difference(one) is null)
            return;
        Shrink(one);
        Assert.Fail($"{one}{Environment.NewLine}{Difference(one)}");
    }

    /// <summary>Leaves out steps as long as it still fails.</summary>
    private static void Shrink(WindowCase one)
    {
        for (int i = one.Steps.Count - 1; i >= 0; i--)
        {
            Step step = one.Steps[i];
            one.Steps.RemoveAt(i);
            if (Difference(one) is null)
                one.Steps.Insert(i, step);
        }
    }

    private static string? Difference(WindowCase one)
    {
        var model = new WindowModel(one);
        try
        {
            var region = new RegionUnderTest(one);
            foreach (Step step in one.Steps)
            {
                switch (step)
                {
                    case Step.Row row:
                        model.Row(row.Value);
                        break;
                    case Step.Watermark watermark:
                        model.Watermark(watermark.Time);
                        break;
                    case Step.Clock clock:
                        model.Clock(clock.Time);
                        break;
                }

                region.Do(step);
                if (step is not Step.Row && Compare(step, model, region) is { } difference)
                    return difference;
            }

            if (Compare(null, model, region) is { } last)
                return last;
            return region.Keys > model.OpenWindows ? $"{region.Keys} keys are kept, but only {model.OpenWindows} windows are open." : null;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return error.ToString();
        }
    }

    private static string? Compare(Step? step, WindowModel model, RegionUnderTest region)
    {
        string[] wanted = model.Take(), came = region.Take();
        Array.Sort(wanted, StringComparer.Ordinal);
        Array.Sort(came, StringComparer.Ordinal);
        return wanted.AsSpan().SequenceEqual(came)
            ? null
            : $"After {step}: expected{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", wanted)}{Environment.NewLine}but{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", came)}";
    }
}
