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
/// <param name="Where">Only rows for which all of these hold.</param>
internal sealed record ViewQuery(string? Key, string? From, string? To, string? After, int Limit, long? AsOfEpoch, DateTimeOffset? AsOfTime,
    string[]? Columns, IReadOnlyList<RowCondition> Where)
{
    private const int MostConditions = 16;

    private static readonly string[] s_ofChanges = ["key", "from", "to", "columns", "where"];
    private static readonly string[] s_ofReads = [.. s_ofChanges, "after", "limit", "asOf"];

    /// <summary>Of a read.</summary>
    /// <exception cref="WrongRequestException">A part cannot be read, or there is no such part.</exception>
    public static ViewQuery Of(IQueryCollection query, int most) => Of(query, most, s_ofReads);

    /// <summary>Of a subscription.</summary>
    /// <exception cref="WrongRequestException">A part cannot be read, or there is no such part.</exception>
    public static ViewQuery OfChanges(IQueryCollection query) => Of(query, int.MaxValue, s_ofChanges);

    private static ViewQuery Of(IQueryCollection query, int most, string[] known)
    {
        foreach (string name in query.Keys)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                throw new WrongRequestException($"'{name}' is none of {string.Join(", ", known)}.");
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
            Text("columns")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Conditions());

        IReadOnlyList<RowCondition> Conditions()
        {
            if (!query.TryGetValue("where", out var texts))
                return [];
            return texts.Count <= MostConditions ? [.. texts.Select(static text => RowCondition.Parse(text ?? ""))]
                : throw new WrongRequestException($"There are {texts.Count} conditions; {MostConditions} may be asked for at most.");
        }

        string? Text(string name) => query.TryGetValue(name, out var value) ? (string?)value : null;
    }
}
