using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams;

/// <content>Patterns as text; the grammar is in docs/patterns.md.</content>
public static partial class Pattern
{
    /// <summary>The pattern that a text describes: the same as the methods of <see cref="Pattern{T, TStage}"/> make.</summary>
    /// <param name="text">As in <c>fail{3} consecutive notFollowedBy success within 10 min</c>.</param>
    /// <param name="conditions">What the text names after <c>where</c> and <c>until</c>. A stage without <c>where</c> has the condition of
    /// the stage's name.</param>
    /// <typeparam name="T">The stream's rows.</typeparam>
    /// <returns>Stages are asked for by name: <c>match["fail"]</c>.</returns>
    /// <exception cref="PatternSyntaxException">The text is not a pattern, or names a condition that is not given.</exception>
    public static Pattern<T, T> Parse<T>(string text, PatternConditions<T> conditions)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(conditions);
        return new Pattern<T, T>(new PatternParser<T>(text, conditions).Parse());
    }
}
