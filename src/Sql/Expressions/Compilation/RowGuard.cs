using System.Reflection;
using ActorStreams.Operators.Patterns.Preference;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Turns what compiled code throws for a row into the error that users see: with PostgreSQL's code, and the statement that it
/// is of. What cannot fail is not guarded.</summary>
internal static class RowGuard
{
    /// <param name="guard">The guard for such a function, by name.</param>
    /// <param name="function">Compiled code.</param>
    /// <param name="expressions">What it computes.</param>
    /// <param name="context">The statement and the clock.</param>
    /// <param name="made">What it makes; null: a row type of SQL.</param>
    public static Delegate Of(
        string guard, Delegate function, IEnumerable<BoundExpression> expressions, RowContext context, RowLayout? made = null)
    {
        bool isNeeded = made?.Maker is not null
            || expressions.SelectMany(static one => one.All()).Any(static one => one.CanFail || one is NowExpression);
        if (!isNeeded)
            return function;
        MethodInfo method = typeof(RowGuard).GetMethod(guard)!;
        Type[] types = function.GetType().GetGenericArguments();
        return (Delegate)method.MakeGenericMethod(types).Invoke(null, [function, context])!;
    }

    public static RowLoop<TIn, TOut> Loop<TIn, TOut>(RowLoop<TIn, TOut> loop, RowContext context) =>
        (ReadOnlySpan<TIn> rows, Span<TOut> output, Span<int> kept, ref int row, ref int count) =>
        {
            context.Begin();
            try
            {
                loop(rows, output, kept, ref row, ref count);
            }
            catch (Exception error) when (RowFault.Of(error) is { } fault)
            {
                throw Seen(fault, context);
            }
        };

    public static RowFunction<TIn, TOut> Row<TIn, TOut>(RowFunction<TIn, TOut> function, RowContext context) => (in TIn row) =>
    {
        try
        {
            return function(row);
        }
        catch (Exception error) when (RowFault.Of(error) is { } fault)
        {
            throw Seen(fault, context);
        }
    };

    public static Func<TIn, TOut> Key<TIn, TOut>(Func<TIn, TOut> function, RowContext context) => row =>
    {
        try
        {
            return function(row);
        }
        catch (Exception error) when (RowFault.Of(error) is { } fault)
        {
            throw Seen(fault, context);
        }
    };

    public static PairFunction<TLeft, TRight, TOut> Pair<TLeft, TRight, TOut>(
        PairFunction<TLeft, TRight, TOut> function, RowContext context) => (in TLeft left, in TRight right) =>
        {
            try
            {
                return function(left, right);
            }
            catch (Exception error) when (RowFault.Of(error) is { } fault)
            {
                throw Seen(fault, context);
            }
        };

    public static MatchFunction<TRow, TState, TOut> Match<TRow, TState, TOut>(
        MatchFunction<TRow, TState, TOut> function, RowContext context) =>
        (TRow[] rows, bool[] has, string?[] names, in MatchFacts facts, in TState running, in TState final) =>
        {
            try
            {
                return function(rows, has, names, facts, running, final);
            }
            catch (Exception error) when (RowFault.Of(error) is { } fault)
            {
                throw Seen(fault, context);
            }
        };

    public static SqlException Seen(SqlFault fault, RowContext context)
    {
        string message = fault.Message.EndsWith('.') ? fault.Message : fault.Message + ".";
        string said = context.Statement is null ? char.ToUpperInvariant(message[0]) + message[1..]
            : $"Statement '{context.Statement}': {message}";
        return new SqlException(SqlErrorCategories.Of(fault.State, fault.Message), fault.State, said, null, fault);
    }
}
