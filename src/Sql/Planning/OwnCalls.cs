using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>An aggregate of the application's own as expressions: how a row more or less changes what is kept, and what it gives.</summary>
internal sealed class OwnCalls(OwnAggregate own, OwnFold fold)
{
    private readonly ConstantExpression _fold = new(fold, SqlType.Of(fold.Calls, SqlKind.Record));

    /// <summary>What is kept for a group.</summary>
    public SqlType State { get; } = SqlType.Of(fold.State, SqlKind.Record);

    public BoundExpression Added(BoundExpression state, BoundExpression row) => Call("With", State, false, state, row, _fold);

    public BoundExpression Removed(BoundExpression state, BoundExpression row) => Call("Without", State, false, state, row, _fold);

    public BoundExpression Result(BoundExpression state) => Call("Result", own.Result, true, state, _fold);

    /// <param name="rows">Those that are kept, in their order.</param>
    /// <param name="distinct">How equal rows are found; null: all count.</param>
    public BoundExpression OfAll(BoundExpression rows, BoundExpression distinct) =>
        Call("OfAll", own.Result, true, rows, distinct, _fold);

    private CallExpression Call(string name, SqlType result, bool mayBeNull, params BoundExpression[] arguments) => new(
        new Function(name, FunctionKind.Function, [.. arguments.Select(static one => one.Type)], result, fold.Calls.GetMethod(name)!)
        { IsStrict = false, MayBeNull = mayBeNull }, arguments, result);
}
