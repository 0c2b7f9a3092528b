using System.Text.RegularExpressions;

namespace ActorStreams.Sql.Tests.Cases;

/// <summary>The pieces of a statement, to leave out, double or swap.</summary>
internal static partial class StatementTokens
{
    /// <summary>Texts, words, and single marks: what stands in a pattern, too.</summary>
    public static IEnumerable<string> Of(string statement) => Piece().Matches(statement).Select(match => match.Value);

    [GeneratedRegex(@"'(?:[^']|'')*'|\w+|\S", RegexOptions.None, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Piece();
}
