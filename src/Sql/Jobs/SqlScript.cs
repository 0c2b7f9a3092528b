using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Syntax;

namespace ActorStreams;

/// <summary>Scripts of SQL as texts.</summary>
public static class SqlScript
{
    /// <summary>The statements of a script, each as it was written, without what stands between them.</summary>
    /// <param name="script">Statements, divided by semicolons.</param>
    /// <exception cref="SqlException">The script is no statements of the language; the message shows the place.</exception>
    public static IReadOnlyList<string> StatementsOf(string script)
    {
        ArgumentNullException.ThrowIfNull(script);
        return [.. SqlParser.ParseScript(script).Select(one => Text(script, one.Span))];
    }

    private static string Text(string script, SourceSpan span) =>
        script.Substring(span.Start, Math.Min(span.Length, script.Length - span.Start)).Trim();
}
