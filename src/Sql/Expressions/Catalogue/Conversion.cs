using System.Reflection;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions.Functions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>Casts: which there are, and the expression that does one.</summary>
internal static class Conversion
{
    /// <summary>Whether a value of a type may be made one of another without being asked for, in a context.</summary>
    public static bool IsPossible(SqlType from, SqlType to, CastContext context) =>
        from.Kind == SqlKind.Unknown || from.IsSame(to) || (from.IsText && to.IsText) || Find(from, to, context) is not null;

    /// <summary>The value as one of the type; with its length or precision where the type has such.</summary>
    /// <exception cref="SqlFault">There is no such cast (42846), or a literal is no such value (22P02 and others).</exception>
    public static BoundExpression To(BoundExpression value, SqlType type, CastContext context, int position = -1)
    {
        if (position < 0)
            position = value.Position;
        if (value is ConstantExpression { Type.Kind: SqlKind.Unknown } literal)
            return Literal(literal, type, context, position);
        if (value.Type == type)
            return value;
        BoundExpression converted = value.Type.IsSame(type) || (value.Type.IsText && type.IsText)
            ? value : Convert(value, type, context, position);
        return Sized(Folding.Fold(converted), type, context, position);
    }

    private static ConstantExpression Literal(ConstantExpression literal, SqlType type, CastContext context, int position)
    {
        if (literal.Value is not string text)
            return new ConstantExpression(null, type, position);
        if (type.Kind == SqlKind.Unknown)
            return literal;
        try
        {
            object read = type.Kind == SqlKind.Varchar && type.Precision >= 0
                ? context == CastContext.Explicit ? TextCasts.Cut(text, type.Precision) : TextCasts.Fit(text, type.Precision)
                : ValueText.Parse(text, type);
            return new ConstantExpression(read, type, position);
        }
        catch (SqlFault fault)
        {
            throw fault.At(position);
        }
    }

    private static CallExpression Convert(BoundExpression value, SqlType type, CastContext context, int position)
    {
        Function function = Find(value.Type, type, context)
            ?? throw new SqlFault(SqlState.CannotCoerce, $"cannot cast type {value.Type} to {type}", position);
        return new CallExpression(function, [value], type.Plain, position);
    }

    /// <summary>The cast; null if there is none in that context.</summary>
    private static Function? Find(SqlType from, SqlType to, CastContext context)
    {
        if (FunctionCatalogue.Shared.Cast(from, to, context) is { } known)
            return known;
        if (from.Kind == SqlKind.Array && to.Kind == SqlKind.Array)
            return Elements(from, to, context);
        // Every type can be printed, and read, if it is asked for.
        if (to.IsText && context >= CastContext.Assignment)
            return Generic("Print", from.Clr, to, from);
        if (from.IsText && context == CastContext.Explicit)
            return Generic("Read", to.Clr, to, from);
        return null;
    }

    private static Function Generic(string name, Type argument, SqlType to, SqlType from)
    {
        MethodInfo method = typeof(TextCasts).GetMethod(name, BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(argument);
        return new Function("cast", FunctionKind.Cast, [from.Plain], to.Plain, method)
        {
            CanFail =
            to.Kind is not (SqlKind.Text or SqlKind.Varchar)
        };
    }

    private static Function? Elements(SqlType from, SqlType to, CastContext context)
    {
        if (from.Element!.Clr == to.Element!.Clr)
            return null;
        if (FunctionCatalogue.Shared.Cast(from.Element!, to.Element!, context) is null
            && !(to.Element.IsText && context >= CastContext.Assignment)
            && !(from.Element.IsText && context == CastContext.Explicit))
            return null;
        MethodInfo method = typeof(ArrayFunctions).GetMethod(nameof(ArrayFunctions.ConvertAll))!.MakeGenericMethod(from.Element!.Clr,
            to.Element!.Clr);
        return new Function("cast", FunctionKind.Cast, [from.Plain], to.Plain, method);
    }

    /// <summary>Rounded, cut or refused, where the type has a length.</summary>
    private static BoundExpression Sized(BoundExpression value, SqlType type, CastContext context, int position)
    {
        if (type.Precision < 0)
            return value.Type == type ? value : Folding.Fold(new RetypedExpression(value, type));
        if (value.Type == type)
            return value;
        (string method, object[] sizes) = type.Kind switch
        {
            SqlKind.Numeric => (nameof(NumericFunctions.Fit), new object[] { type.Precision, type.Scale }),
            SqlKind.Varchar => (context == CastContext.Explicit ? nameof(TextCasts.Cut) : nameof(TextCasts.Fit), [type.Precision]),
            _ => ("", []),
        };
        if (method.Length == 0)
            return Folding.Fold(new RetypedExpression(value, type));
        MethodInfo known = (type.Kind == SqlKind.Numeric ? typeof(NumericFunctions) : typeof(TextCasts)).GetMethod(method)!;
        SqlType[] parameters = [type.Plain, .. sizes.Select(static _ => SqlType.Integer)];
        var function = new Function("cast", FunctionKind.Cast, [.. parameters], type.Plain, known);
        BoundExpression[] arguments = [value, .. sizes.Select(static size => new ConstantExpression(size, SqlType.Integer))];
        return Folding.Fold(new CallExpression(function, arguments, type, position));
    }
}
