using ActorStreams.Sql.Errors;

namespace ActorStreams;

/// <summary>A statement of SQL that was refused, or a row that it failed for. The message says what was wrong and what to do, and shows the
/// line of the text with carets below the place.</summary>
public sealed class SqlException : ActorStreamsException
{
    internal SqlException(SqlErrorCategory category, string sqlState, string fault, string? hint = null, Exception? inner = null)
        : this(category, sqlState, fault, hint, null, default, inner)
    {
    }

    private SqlException(
        SqlErrorCategory category, string sqlState, string fault, string? hint, string? text, SourceSpan span, Exception? inner)
        : base(MessageOf(sqlState, fault, hint, text, span), inner)
    {
        (Category, SqlState, Fault, Hint, Text, Span) = (category, sqlState, fault, hint, text, span);
        if (text is null)
            return;
        SourceExcerpt place = SourceExcerpt.Of(text, span);
        (Position, Line, Column) = (span.Start + 1, place.Line, place.Column);
    }

    /// <summary>What kind of mistake it is.</summary>
    public SqlErrorCategory Category { get; }

    /// <summary>The five characters that PostgreSQL has for the error: "42601" for a syntax error, say.</summary>
    public string SqlState { get; }

    /// <summary>What was wrong, without the place.</summary>
    public string Fault { get; }

    /// <summary>What to do about it: the nearest name, say. Null: there is nothing to add.</summary>
    public string? Hint { get; }

    /// <summary>The place in the text of the script or statement, in characters from 1. Null: the error has no place.</summary>
    public int? Position { get; }

    /// <summary>The line of the place, from 1. Null: the error has no place.</summary>
    public int? Line { get; }

    /// <summary>The column of the place in its line, in characters from 1. Null: the error has no place.</summary>
    public int? Column { get; }

    /// <summary>The text that the place is in; null: the error has no place.</summary>
    internal string? Text { get; }

    /// <summary>The part of the text that is wrong.</summary>
    internal SourceSpan Span { get; }

    /// <summary>The same error with its place in a text; one that has a place keeps it.</summary>
    internal SqlException At(string text, SourceSpan span) =>
        Text is not null ? this : new SqlException(Category, SqlState, Fault, Hint, text, span, InnerException);

    private static string MessageOf(string sqlState, string fault, string? hint, string? text, SourceSpan span)
    {
        string after = hint is null ? "" : $"\n{hint}";
        if (text is null)
            return $"{fault} (SQLSTATE {sqlState}){after}";
        SourceExcerpt place = SourceExcerpt.Of(text, span);
        return $"Line {place.Line}, column {place.Column}: {fault} (SQLSTATE {sqlState})\n{place.Text}{after}";
    }
}
