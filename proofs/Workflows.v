(* Linear workflows: what a model trained on its own output and on real data knows about the true mean.

   family          laws of one observation with a quadratic variance function: mean m, variance v0 + m (v1 + v2 m)
   inside F m      m is a mean that the family F allows
   batch F n m     the mean of n independent observations of the model with mean m
   workflow        the weights of fit k: of the first real data, of the model before it, of data drawn from
                   that model, and of fresh real data
   fit t           the law of the mean of fit t; fit 0 is the truth
   error t         the mean squared error of fit t
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Record family (R : realType) := Family {
  draw : R -> law R R;
  inside : R -> Prop;
  v0 : R;
  v1 : R;
  v2 : R;
  draw_mean : forall m, inside m -> E (draw m) id = m;
  draw_variance : forall m, inside m -> Var (draw m) id = v0 + m * (v1 + v2 * m);
  draw_inside : forall m, inside m -> surely (draw m) inside;
  mean_inside : forall nu : law R R, surely nu inside -> inside (E nu id) }.

Record workflow (R : realType) := Workflow {
  on_real : nat -> R;
  on_model : nat -> R;
  on_synthetic : nat -> R;
  on_fresh : nat -> R;
  weights_positive : forall k,
    [&& 0 <= on_real k, 0 <= on_model k, 0 <= on_synthetic k & 0 <= on_fresh k];
  weights_total : forall k, on_real k + on_model k + on_synthetic k + on_fresh k = 1 }.

Section Batches.
Variables (R : realType) (F : family R).

Definition variance_function (m : R) : R := v0 F + m * (v1 F + v2 F * m).

Definition batch n m : law R R := image (average id) (iid n (draw F m)).

Lemma E_square A (nu : law R A) (f : A -> R) a b :
  E nu (fun x => (a + b * f x) ^+ 2) = b ^+ 2 * Var nu f + (a + b * E nu f) ^+ 2.
Proof.
rewrite Var_moments (E_eq (g := fun x => b ^+ 2 * f x ^+ 2 + ((2 * a * b) * f x + a ^+ 2))); last first.
  by move=> x; ring.
by rewrite !E_add !E_scale E_const; ring.
Qed.

Lemma batch_mean n m : (0 < n)%N -> inside F m -> E (batch n m) id = m.
Proof. by move=> n0 Fm; rewrite E_image E_average// draw_mean. Qed.

Lemma batch_variance n m : (0 < n)%N -> inside F m -> Var (batch n m) id = variance_function m / n%:R.
Proof.
move=> n0 Fm; rewrite -[variance_function m]draw_variance// -Var_average//.
by rewrite /Var !E_image.
Qed.

Lemma batch_inside n m : (0 < n)%N -> inside F m -> surely (batch n m) (inside F).
Proof.
move=> n0 Fm; apply: surely_image.
have sF := surely_and (size_iid n (draw F m)) (surely_iid n (draw_inside Fm)).
apply: (surely_sub sF) => s [] {sF} sn sF.
case: s sn sF => [sn|x s _ sF]; first by rewrite -sn in n0.
rewrite -E_uniform; apply: mean_inside => y /= [<-|]; first by apply: sF; left.
by move=> /List.in_map_iff[z [<- zs]]; apply: sF; right.
Qed.

Lemma variance_function_shift m0 m :
  variance_function m =
  variance_function m0 + ((v1 F + 2 * v2 F * m0) * (m - m0) + v2 F * (m - m0) ^+ 2).
Proof. by rewrite /variance_function; ring. Qed.

End Batches.

Section Loop.
Variables (R : realType) (F : family R) (mean : R) (W : workflow R).
Variables (sizes fresh : nat -> nat).
Hypothesis mean_ok : inside F mean.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.
Hypothesis fresh_gt0 : forall k, (0 < fresh k)%N.

Local Notation V0 := (variance_function F mean).

Definition mixed k (x m y z : R) : R :=
  on_real W k * x + on_model W k * m + on_synthetic W k * y + on_fresh W k * z.

(* The mean of the real data of fit 1, and the mean of fit t + 1. *)
Fixpoint loop t : law R (R * R) :=
  if t is t'.+1 then
    bind (loop t') (fun s => bind (batch F (fresh t.+1) mean) (fun z =>
      image (fun y => (s.1, mixed t.+1 s.1 s.2 y z)) (batch F (sizes t.+1) s.2)))
  else image (fun x => (x, x)) (batch F (sizes 1) mean).

Definition fit t : law R R := if t is t'.+1 then image snd (loop t') else dirac R mean.

Definition error t : R := E (fit t) (fun m => (m - mean) ^+ 2).

Lemma mixed_inside k x m y z :
  inside F x -> inside F m -> inside F y -> inside F z -> inside F (mixed k x m y z).
Proof.
move=> Fx Fm Fy Fz; have /and4P[w1 w2 w3 w4] := weights_positive W k.
have ge : all (fun p : R * R => 0 <= p.1)
  [:: (on_real W k, x); (on_model W k, m); (on_synthetic W k, y); (on_fresh W k, z)].
  by rewrite /= w1 w2 w3 w4.
have sum : \sum_(p <- [:: (on_real W k, x); (on_model W k, m); (on_synthetic W k, y); (on_fresh W k, z)])
    p.1 = 1 by rewrite -[RHS](weights_total W k) !big_cons big_nil /=; ring.
have -> : mixed k x m y z = E (Law ge sum) id by rewrite /E /= !big_cons big_nil /mixed /=; ring.
by apply: mean_inside => p /= [<-|[<-|[<-|[<-|[]]]]].
Qed.

Lemma loop_inside t : surely (loop t) (fun s => inside F s.1 /\ inside F s.2).
Proof.
elim: t => [|t ih] /=.
  by apply: surely_image; apply: (surely_sub (batch_inside (sizes_gt0 1) mean_ok)).
apply: (surely_bind ih) => s [s1 s2]; apply: (surely_bind (batch_inside (fresh_gt0 t.+2) mean_ok)) => z Fz.
apply: surely_image; apply: (surely_sub (batch_inside (sizes_gt0 t.+2) s2)) => y Fy /=.
by split=> //; apply: mixed_inside.
Qed.

(* What one generation does to any function of the state. *)
Lemma E_loopS t G : E (loop t.+1) G = E (loop t) (fun s => E (batch F (fresh t.+2) mean) (fun z =>
  E (batch F (sizes t.+2) s.2) (fun y => G (s.1, mixed t.+2 s.1 s.2 y z)))).
Proof.
rewrite /= E_bind; apply: E_eq => s; rewrite E_bind; apply: E_eq => z; exact: E_image.
Qed.

Lemma real_unchanged t (G : R -> R) : E (loop t) (fun s => G s.1) = E (batch F (sizes 1) mean) G.
Proof.
elim: t => [|t ih]; first by rewrite /= E_image.
rewrite E_loopS -ih; apply: E_eq => s.
by rewrite (E_eq (g := fun=> G s.1)) ?E_const// => z; rewrite /= E_const.
Qed.

Let a (s : R * R) : R := s.1 - mean.
Let b (s : R * R) : R := s.2 - mean.

Lemma mixed_shift k x m y z :
  mixed k x m y z - mean = on_real W k * (x - mean) + on_model W k * (m - mean) +
    on_synthetic W k * (y - mean) + on_fresh W k * (z - mean).
Proof.
rewrite /mixed -[in LHS](mul1r mean) -[X in _ - X * _](weights_total W k); ring.
Qed.

Let c1 k := on_model W k + on_synthetic W k.

(* The expected deviation of the next fit, given the state. *)
Lemma next_deviation t (s : R * R) : inside F s.2 ->
  E (batch F (fresh t.+2) mean) (fun z => E (batch F (sizes t.+2) s.2) (fun y =>
    mixed t.+2 s.1 s.2 y z - mean)) = on_real W t.+2 * a s + c1 t.+2 * b s.
Proof.
move=> s2; rewrite (E_eq (g := fun z => on_real W t.+2 * a s + c1 t.+2 * b s + on_fresh W t.+2 * (z - mean))).
  by rewrite E_add E_const E_scale E_sub E_const batch_mean// subrr mulr0 addr0.
move=> z; rewrite (E_eq (g := fun y => (on_real W t.+2 * a s + on_model W t.+2 * b s +
   on_fresh W t.+2 * (z - mean)) + on_synthetic W t.+2 * (y - mean))); last first.
  by move=> y; rewrite mixed_shift /a /b; ring.
by rewrite E_add E_const E_scale E_sub E_const batch_mean// /c1 /b; ring.
Qed.

Lemma next_square t (s : R * R) : inside F s.2 ->
  E (batch F (fresh t.+2) mean) (fun z => E (batch F (sizes t.+2) s.2) (fun y =>
    (mixed t.+2 s.1 s.2 y z - mean) ^+ 2)) =
  (on_real W t.+2 * a s + c1 t.+2 * b s) ^+ 2 +
  on_synthetic W t.+2 ^+ 2 * (variance_function F s.2 / (sizes t.+2)%:R) +
  on_fresh W t.+2 ^+ 2 * (V0 / (fresh t.+2)%:R).
Proof.
move=> s2; set v := variance_function F s.2 / _.
rewrite (E_eq (g := fun z => on_synthetic W t.+2 ^+ 2 * v +
   ((on_real W t.+2 * a s + c1 t.+2 * b s - on_fresh W t.+2 * mean) + on_fresh W t.+2 * id z) ^+ 2)).
  by rewrite E_add E_const E_square batch_variance// batch_mean// /v; ring.
move=> z; rewrite (E_eq (g := fun y => ((on_real W t.+2 * a s + on_model W t.+2 * b s +
   on_fresh W t.+2 * (z - mean) - on_synthetic W t.+2 * mean) + on_synthetic W t.+2 * id y) ^+ 2)); last first.
  by move=> y; rewrite mixed_shift /a /b /=; ring.
by rewrite E_square batch_variance// batch_mean// -/v /c1 /a /b /=; ring.
Qed.

Lemma real_unbiased t : E (loop t) a = 0.
Proof.
by rewrite (real_unchanged t (fun x => x - mean)) E_sub E_const batch_mean// subrr.
Qed.

Lemma model_unbiased t : E (loop t) b = 0.
Proof.
elim: t => [|t ih]; first by rewrite /= E_image /b /= E_sub E_const batch_mean// subrr.
rewrite E_loopS (E_surely (@loop_inside t) (g := fun s => on_real W t.+2 * a s + c1 t.+2 * b s)).
  by rewrite E_add !E_scale ih real_unbiased !mulr0 addr0.
by move=> s [_ s2]; rewrite /b /= next_deviation.
Qed.

Lemma error1 : error 1 = V0 / (sizes 1)%:R.
Proof.
by rewrite /error /= 2!E_image /= (E_square_deviation _ id) batch_variance// batch_mean// subrr expr0n addr0.
Qed.

Lemma error0 : error 0 = 0.
Proof. by rewrite /error /= E_dirac subrr expr0n. Qed.

(* The covariance of fit t + 1 with the first real data. *)
Definition covariance t : R := E (loop t) (fun s => a s * b s).

Lemma covariance0 : covariance 0 = V0 / (sizes 1)%:R.
Proof.
rewrite -error1 /covariance /error /= !E_image; by apply: E_eq => x; rewrite /a /b /=; ring.
Qed.

Lemma covarianceS t :
  covariance t.+1 = on_real W t.+2 * (V0 / (sizes 1)%:R) + c1 t.+2 * covariance t.
Proof.
rewrite /covariance E_loopS (E_surely (@loop_inside t)
   (g := fun s => on_real W t.+2 * (s.1 - mean) ^+ 2 + c1 t.+2 * (a s * b s))); last first.
  move=> s [_ s2]; rewrite -[RHS](_ : a s * (on_real W t.+2 * a s + c1 t.+2 * b s) = _); last by rewrite /a; ring.
  by rewrite -next_deviation// -E_scale; apply: E_eq => z; rewrite -E_scale.
rewrite E_add !E_scale (real_unchanged t (fun x => (x - mean) ^+ 2)).
by rewrite (E_square_deviation _ id) batch_variance// batch_mean// subrr expr0n addr0.
Qed.

(* The recurrence of second moments, for every family and every linear workflow of this shape. *)
Theorem errorS t :
  error t.+2 = on_real W t.+2 ^+ 2 * (V0 / (sizes 1)%:R) +
    2 * on_real W t.+2 * c1 t.+2 * covariance t + c1 t.+2 ^+ 2 * error t.+1 +
    on_synthetic W t.+2 ^+ 2 * ((V0 + v2 F * error t.+1) / (sizes t.+2)%:R) +
    on_fresh W t.+2 ^+ 2 * (V0 / (fresh t.+2)%:R).
Proof.
have -> : error t.+2 = E (loop t.+1) (fun s => b s ^+ 2) by rewrite /error E_image.
have e1 : error t.+1 = E (loop t) (fun s => b s ^+ 2) by rewrite /error E_image.
have n0 : (sizes t.+2)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite E_loopS (E_surely (@loop_inside t) (g := fun s =>
   on_real W t.+2 ^+ 2 * (s.1 - mean) ^+ 2 + ((2 * on_real W t.+2 * c1 t.+2) * (a s * b s) +
   ((c1 t.+2 ^+ 2 + on_synthetic W t.+2 ^+ 2 * (v2 F / (sizes t.+2)%:R)) * b s ^+ 2 +
   ((on_synthetic W t.+2 ^+ 2 * ((v1 F + 2 * v2 F * mean) / (sizes t.+2)%:R)) * b s +
   (on_synthetic W t.+2 ^+ 2 * (V0 / (sizes t.+2)%:R) + on_fresh W t.+2 ^+ 2 * (V0 / (fresh t.+2)%:R))))))); last first.
  move=> s [_ s2]; rewrite /b /= next_square// (variance_function_shift F mean s.2) -/(b s) /a.
  by move: (V0 / (fresh t.+2)%:R) => w; field.
rewrite !E_add !E_scale !E_const model_unbiased -e1 (real_unchanged t (fun x => (x - mean) ^+ 2)).
rewrite (E_square_deviation _ id) batch_variance// batch_mean// subrr expr0n addr0 -/(covariance t).
by move: (V0 / (fresh t.+2)%:R) (V0 / (sizes 1)%:R) => w u; field.
Qed.

(* The variance function moves with the error of the mean. *)
Theorem expected_variance t : E (fit t) (variance_function F) = V0 + v2 F * error t.
Proof.
have unbiased : E (fit t) (fun m => m - mean) = 0.
  by case: t => [|t] /=; [rewrite E_dirac subrr|rewrite E_image model_unbiased].
rewrite (E_eq (g := fun m => V0 + ((v1 F + 2 * v2 F * mean) * (m - mean) + v2 F * (m - mean) ^+ 2))).
  by rewrite E_add E_const E_add !E_scale unbiased -/(error t); ring.
by move=> m; rewrite (variance_function_shift F mean).
Qed.

End Loop.
