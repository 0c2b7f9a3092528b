using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Planning.Steps;

/// <summary>A row with each row that a function gives for it.</summary>
internal static class FunctionRows
{
    /// <param name="change">The row that comes or goes.</param>
    /// <param name="items">What the function gives; null: nothing, an argument is NULL.</param>
    /// <param name="keepsEmpty">A row for which it gives nothing comes alone.</param>
    /// <param name="made">What comes of an item and its number, from 1.</param>
    /// <param name="context">The statement, for errors.</param>
    public static IEnumerable<Change<Joined<TRow, TMade>>> Of<TRow, TItem, TMade>(
        Change<TRow> change, RowFunction<TRow, IEnumerable<TItem>?> items, bool keepsEmpty, Func<TItem, long, TMade> made,
        RowContext context)
    {
        long number = 0;
        using IEnumerator<TItem>? given = Guarded(() => items(change.Row)?.GetEnumerator(), context);
        while (given is not null && Guarded(given.MoveNext, context))
        {
            yield return new Change<Joined<TRow, TMade>>(Joined<TRow, TMade>.Of(change.Row, made(given.Current, ++number)), change.Weight);
        }

        if (number == 0 && keepsEmpty)
            yield return new Change<Joined<TRow, TMade>>(Joined<TRow, TMade>.OfLeft(change.Row), change.Weight);
    }

    private static T Guarded<T>(Func<T> call, RowContext context)
    {
        try
        {
            return call();
        }
        catch (Exception error) when (RowFault.Of(error) is { } fault)
        {
            throw RowGuard.Seen(fault, context);
        }
    }
}
