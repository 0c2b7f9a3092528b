using System.Globalization;
using ActorStreams.Serving.Access;
using Microsoft.AspNetCore.Http;

namespace ActorStreams.Serving.Views;

/// <summary>Which rows of a view, and what of them, as a request's address says it.</summary>
/// <param name="Key">Only this key.</param>
/// <param name="From">Keys from this one.</param>
/// <param name="To">Keys up to this one.</param>
/// <param name="After">Keys behind this one: the next page.</param>
/// <param name="Limit">Rows at most.</param>
/// <param name="AsOfEpoch">At the end of this epoch.</param>
/// <param name="AsOfTime">At the end of the last epoch that was committed by this time.</param>
/// <param name="Columns">Only these; null: all.</param>
internal sealed record ViewQuery(string? Key, string? From, string? To, string? After, int Limit, long? AsOfEpoch, DateTimeOffset? AsOfTime,
    string[]? Columns)
{
    private static readonly string[] s_known = ["key", "from", "to", "after", "limit", "asOf", "columns"];

    /// <exception cref="WrongRequestException">A part cannot be read, or there is no such part.</exception>
    public static ViewQuery Of(IQueryCollection query, int most)
    {
        foreach (string name in query.Keys)
        {
            if (!s_known.Contains(name, StringComparer.Ordinal))
                throw new WrongRequestException($"'{name}' is none of {string.Join(", ", s_known)}.");
        }

        int limit = most;
        if (Text("limit") is { } number && (!int.TryParse(number, CultureInfo.InvariantCulture, out limit) || limit < 1 || limit > most))
            throw new WrongRequestException($"limit is '{number}'. It must be 1 to {most}.");
        long? epoch = null;
        DateTimeOffset? time = null;
        if (Text("asOf") is { } asOf)
        {
            if (long.TryParse(asOf, CultureInfo.InvariantCulture, out long parsed))
                epoch = parsed;
            else if (DateTimeOffset.TryParse(asOf, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at))
                time = at;
            else
                throw new WrongRequestException($"asOf is '{asOf}'. It must be an epoch or a time, as 2026-01-01T00:00:00Z.");
        }

        return new ViewQuery(Text("key"), Text("from"), Text("to"), Text("after"), limit, epoch, time,
            Text("columns")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

        string? Text(string name) => query.TryGetValue(name, out var value) ? (string?)value : null;
    }
}
