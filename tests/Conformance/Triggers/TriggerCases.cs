using System.Globalization;
using System.Text.Json;

namespace ActorStreams.Conformance.Tests.Triggers;

/// <summary>Windows, triggers, panes and lateness as peers' own tests establish them; the format is cases/README.md.</summary>
public sealed class TriggerCases
{
    private const string Family = "triggers";

    public static TheoryData<string> Ids => CaseFolder.Ids(Family);

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Case(string id)
    {
        JsonElement json = CaseFolder.Find(Family, id).Json;
        if (CaseSpec.Text(json, "kind") == "assign")
            await AssignAsync(json);
        else
            await StepsAsync(json);
    }

    private static async Task StepsAsync(JsonElement json)
    {
        JsonElement[] steps = [.. json.GetProperty("steps").EnumerateArray()];
        await using CaseRun run = CaseRun.Of(json.GetProperty("spec"), steps.Any(IsBundle));
        for (int at = 0; at < steps.Length; at++)
        {
            JsonElement step = steps[at];
            if (step.TryGetProperty("processingTime", out JsonElement clock))
                run.ProcessingTime(clock.GetInt64());
            if (step.TryGetProperty("elements", out JsonElement elements))
                run.Elements(elements.EnumerateArray().Select(element => ItemOf(element, run.Now)), IsBundle(step));
            if (step.TryGetProperty("watermark", out JsonElement watermark))
                run.Watermark(watermark);

            string where = $"Step {at + 1} of {steps.Length}, {step.GetRawText()}";
            if (step.TryGetProperty("expect", out JsonElement expect))
                Expected.AssertPanes(where, [.. expect.EnumerateArray()], run.TakePanes());
            IReadOnlyList<Item> late = run.TakeLate();
            if (step.TryGetProperty("expectLate", out JsonElement expectLate))
                Expected.AssertLate(where, [.. expectLate.EnumerateArray()], late);
        }
    }

    /// <summary>Window assignment: what every window holds in the end, or, each timestamp being a key of its own, which windows it
    /// has.</summary>
    private static async Task AssignAsync(JsonElement json)
    {
        JsonElement expect = json.GetProperty("expect");
        bool byTime = expect.TryGetProperty("assigned", out JsonElement assigned);
        long[] times = [.. json.GetProperty("input").EnumerateArray().Select(time => time.GetInt64())];
        await using CaseRun run = CaseRun.OfWindows(json.GetProperty("spec").GetProperty("window"));
        run.Elements(times.Select(time => new Item(byTime ? Text(time) : "", Text(time), time)), isBundle: false);
        run.Watermark(JsonSerializer.SerializeToElement("end"));
        IReadOnlyList<Pane> panes = run.TakePanes();
        if (byTime)
        {
            Assert.Equal(
                Sorted(assigned.EnumerateArray()
                    .SelectMany(one => one.GetProperty("windows").EnumerateArray()
                    .Select(window => $"{one.GetProperty("ts").GetInt64()} in {Expected.Text(window)}"))),
                Sorted(panes.Select(pane => $"{pane.Result.Key} in {Expected.Text(pane.Result.Window)}").Distinct()));
        }
        else
        {
            Assert.Equal(
                Sorted(expect.GetProperty("windows").EnumerateArray()
                    .Select(one =>
                    $"{Expected.Text(one.GetProperty("window"))}: {Joined(one.GetProperty("elements").EnumerateArray().Select(time => Text(time.GetInt64())))}")),
                Sorted(panes.Select(pane => $"{Expected.Text(pane.Result.Window)}: {Joined(pane.Result.Result)}")));
        }
    }

    private static bool IsBundle(JsonElement step) => step.TryGetProperty("bundle", out JsonElement bundle) && bundle.GetBoolean();

    private static Item ItemOf(JsonElement element, long now) => new(
        element.TryGetProperty("key", out JsonElement key) ? Item.TextOf(key) : "",
        Item.TextOf(element.GetProperty("value")),
        element.TryGetProperty("ts", out JsonElement time) ? time.GetInt64() : now);

    private static string Text(long time) => time.ToString(CultureInfo.InvariantCulture);

    private static string[] Sorted(IEnumerable<string> texts) => [.. texts.Order(StringComparer.Ordinal)];

    private static string Joined(IEnumerable<string> values) => string.Join(' ', Sorted(values));
}
