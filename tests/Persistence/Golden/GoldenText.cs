using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Results as text that is the same in every culture and version: what is not told apart here may change its
/// <c>ToString</c>.</summary>
internal static class GoldenText
{
    public static string Of(object? value) => value switch
    {
        null => "-",
        string text => text,
        ITuple tuple => $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(item => Of(tuple[item])))})",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        double number => Math.Round(number, 6).ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>A window's result: key, first and last minute, pane, result.</summary>
    public static string Of<TKey, T>(WindowResult<TKey, T> pane) => FormattableString.Invariant(
        $"{Of(pane.Key)} {pane.Window.StartTime:HH:mm:ss}..{pane.Window.EndTime:HH:mm:ss} ") +
        FormattableString.Invariant($"{pane.Pane.Timing}/{pane.Pane.Index} {Of(pane.Result)}");
}
