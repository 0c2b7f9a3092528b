using System.Globalization;
using System.Text.Json;

namespace ActorStreams.Conformance.Tests.Triggers;

/// <summary>Compares outputs with what a case expects: a multiset, in which a field that is absent is not asserted.</summary>
public static class Expected
{
    public static void AssertPanes(string where, IReadOnlyList<JsonElement> expected, IReadOnlyList<Pane> came) =>
        AssertSame(where, expected, came, Matches,
            pane => $"{Text(pane.Result.Window)} '{pane.Result.Key}' [{string.Join(", ", pane.Result.Result)}] {pane.Result.Pane} at {Millis(pane.Time)}");

    public static void AssertLate(string where, IReadOnlyList<JsonElement> expected, IReadOnlyList<Item> came) =>
        AssertSame(where, expected, came, Matches, item => item.ToString());

    public static string Text(Window window) => window == GlobalWindows.Window ? "\"global\""
        : string.Create(CultureInfo.InvariantCulture, $"[{Millis(window.Start)},{Millis(window.End)}]");

    /// <summary>The text of a window in a case, in the same form.</summary>
    public static string Text(JsonElement window) => window.ValueKind == JsonValueKind.String
        ? "\"global\""
        : string.Create(CultureInfo.InvariantCulture, $"[{window[0].GetInt64()},{window[1].GetInt64()}]");

    private static decimal Millis(long time) => time / 1000m;

    private static void AssertSame<T>(string where, IReadOnlyList<JsonElement> expected, IReadOnlyList<T> came,
        Func<JsonElement, T, bool> matches, Func<T, string> text)
    {
        if (expected.Count == came.Count && CanMatch(0, new bool[came.Count]))
            return;
        Assert.Fail($"{where}: expected {expected.Count}:{Lines(expected.Select(one => one.GetRawText()))}{Environment.NewLine}but {came.Count} came:{Lines(came.Select(text))}");

        bool CanMatch(int at, bool[] used)
        {
            if (at == expected.Count)
                return true;
            for (int i = 0; i < came.Count; i++)
            {
                if (used[i] || !matches(expected[at], came[i]))
                    continue;
                used[i] = true;
                if (CanMatch(at + 1, used))
                    return true;
                used[i] = false;
            }

            return false;
        }
    }

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"{Environment.NewLine}  {line}"));

    private static bool Matches(JsonElement expected, Pane came)
    {
        WindowResult<string, string[]> result = came.Result;
        PaneInfo pane = result.Pane;
        foreach (JsonProperty field in expected.EnumerateObject())
        {
            bool holds = field.Name switch
            {
                "key" => Item.TextOf(field.Value) == result.Key,
                "window" => Text(field.Value) == Text(result.Window),
                "values" => field.Value.EnumerateArray().Select(Item.TextOf).Order(StringComparer.Ordinal)
                    .SequenceEqual(result.Result.Order(StringComparer.Ordinal)),
                "sum" => field.Value.GetDecimal() == result.Result.Sum(value => decimal.Parse(value, CultureInfo.InvariantCulture)),
                "timing" => string.Equals(field.Value.GetString(), pane.Timing.ToString(), StringComparison.OrdinalIgnoreCase),
                "index" => field.Value.GetInt32() == pane.Index,
                "onTimeIndex" => field.Value.GetInt32() == pane.OnTimeIndex,
                "first" => field.Value.GetBoolean() == pane.IsFirst,
                "last" => field.Value.GetBoolean() == pane.IsLast,
                "timestamp" => IsTime(field.Value.GetInt64(), came),
                _ => throw new NotSupportedException($"field '{field.Name}' of a pane"),
            };
            if (!holds)
                return false;
        }

        return true;
    }

    /// <summary>The end of a window less one is one of the case's milliseconds before it, and one of our microseconds.</summary>
    private static bool IsTime(long expected, Pane came) =>
        came.Time == came.Result.Window.MaxTime ? expected * 1000 == came.Result.Window.End - 1000 : expected * 1000 == came.Time;

    private static bool Matches(JsonElement expected, Item came) =>
        (!expected.TryGetProperty("key", out JsonElement key) || Item.TextOf(key) == came.Key)
        && (!expected.TryGetProperty("value", out JsonElement value) || Item.TextOf(value) == came.Value)
        && (!expected.TryGetProperty("ts", out JsonElement time) || time.GetInt64() == came.Time);
}
