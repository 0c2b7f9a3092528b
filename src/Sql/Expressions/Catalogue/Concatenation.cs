using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>The operator ||, which joins texts, arrays, bytes and JSON, and texts to anything.</summary>
internal static class Concatenation
{
    public static BoundExpression Of(BoundExpression left, BoundExpression right, int position)
    {
        SqlType l = left.Type, r = right.Type;
        if (l.Kind == SqlKind.Array || r.Kind == SqlKind.Array)
            return OfArrays(left, right, position);
        if (l.Kind == SqlKind.Jsonb && (r.Kind is SqlKind.Jsonb or SqlKind.Unknown)
            || (r.Kind == SqlKind.Jsonb && l.Kind == SqlKind.Unknown))
            return Resolve.Function("jsonb_concat", [To(left, SqlType.Jsonb), To(right, SqlType.Jsonb)], position);
        if (l.Kind == SqlKind.Bytea && r.Kind is SqlKind.Bytea or SqlKind.Unknown || (r.Kind == SqlKind.Bytea && l.Kind == SqlKind.Unknown))
            return Resolve.Function("byteacat", [To(left, SqlType.Bytea), To(right, SqlType.Bytea)], position);
        if (IsText(l) || IsText(r))
            return Resolve.Function("textcat", [Print(left), Print(right)], position);
        throw new SqlFault(SqlState.UndefinedFunction, $"operator does not exist: {l} || {r}", position);
    }

    private static BoundExpression OfArrays(BoundExpression left, BoundExpression right, int position)
    {
        SqlType array = left.Type.Kind == SqlKind.Array ? left.Type : right.Type, element = array.Element!;
        if (left.Type.Kind == SqlKind.Array && right.Type.Kind == SqlKind.Array)
        {
            SqlType common = Resolve.CommonType([(left.Type, position), (right.Type, position)], "||");
            return Resolve.Function("array_cat", [To(left, common), To(right, common)], position);
        }

        // A literal beside an array is one itself; another value is an element.
        if (left.Type.Kind == SqlKind.Unknown)
            return Resolve.Function("array_cat", [To(left, array), right], position);
        if (right.Type.Kind == SqlKind.Unknown)
            return Resolve.Function("array_cat", [left, To(right, array)], position);
        return left.Type.Kind == SqlKind.Array
            ? Resolve.Function("array_append", [left, Resolve.Cast(right, element, CastContext.Implicit)], position)
            : Resolve.Function("array_prepend", [Resolve.Cast(left, element, CastContext.Implicit), right], position);
    }

    private static bool IsText(SqlType type) => type.IsText || type.Kind == SqlKind.Unknown;

    private static BoundExpression To(BoundExpression value, SqlType type) => Conversion.To(value, type, CastContext.Implicit);

    private static BoundExpression Print(BoundExpression value) => Conversion.To(value, SqlType.Text, CastContext.Explicit);
}
